import { Fault } from '@selvedge/kernel';
import { askControl } from '../adapters/socket/control.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import type { VerbContext } from '../verb.ts';

/** Asks the `up` of the data folder to start or stop a part. Repeating it is safe and says so. */
export async function changeChild(ask: 'start' | 'stop', { given, data, answer }: VerbContext): Promise<ExitCode> {
  const name = given.argument('NAME')!;
  const said = await askControl(data, { ask, name });
  if (!said.ok) {
    const row = { hint: said.hint ?? `Read the log in ${data}/run`, retry: 'later' } as const;
    throw new Fault(said.code ?? 'UP_CHILD_FAILED', row, said.message, {});
  }
  const { phase, changed } = said.answer as { phase: string; changed: boolean };
  const state = ask === 'start' ? 'running' : name === 'all' ? 'stopping' : 'stopped';
  answer({ name, phase, changed }, `${name} is ${changed ? '' : 'already '}${state}.\n`);
  return exitCodes.done;
}
