import { type ExitCode, exitCodes } from './exit.ts';
import { movedEnv } from './tier-env.ts';
import type { VerbContext } from './verb.ts';

/** Runs a tier in this process. It reads the environment, answers signals and explains its failures by itself. */
export async function runTier(
  tier: 'cloud' | 'edge',
  load: () => Promise<{ main(argv: readonly string[]): Promise<void> }>,
  { given, portBase }: VerbContext,
): Promise<ExitCode> {
  const seen = movedEnv(tier, portBase, process.env);
  for (const name of Object.keys(process.env)) if (!(name in seen)) delete process.env[name];
  Object.assign(process.env, seen);
  const { main } = await load();
  await main(given.list('passed'));
  return process.exitCode ? exitCodes.failed : exitCodes.done;
}
