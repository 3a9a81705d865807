import { type ExitCode, exitCodes } from './exit.ts';
import { tierEnv } from './tier-env.ts';

/** Runs a tier in this process. It reads the environment, answers signals and explains its failures by itself. */
export async function runTier(
  load: () => Promise<{ main(argv: readonly string[]): Promise<void> }>,
  argv: readonly string[],
): Promise<ExitCode> {
  const seen = tierEnv(process.env);
  for (const name of Object.keys(process.env)) if (!(name in seen)) delete process.env[name];
  const { main } = await load();
  await main(argv);
  return process.exitCode ? exitCodes.failed : exitCodes.done;
}
