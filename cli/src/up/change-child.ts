import { Fault } from '@selvedge/kernel';
import { askControl, type ControlAnswer } from '../adapters/socket/control.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { cliFaults } from '../faults.ts';
import type { VerbContext } from '../verb.ts';
import type { UpStatus } from './control-handler.ts';

/** Asks the `up` of the data folder to start or stop a part. Repeating it is safe and says so. */
export async function changeChild(ask: 'start' | 'stop', context: VerbContext): Promise<ExitCode> {
  const { given, data, answer } = context;
  const name = given.argument('NAME')!;
  await checkPort(context);
  const said = await askControl(context, { ask, name });
  const { phase, changed } = answerOf(said, data) as { phase: string; changed: boolean };
  const state = ask === 'start' ? 'running' : name === 'all' ? 'stopping' : 'stopped';
  answer({ name, phase, changed }, `${name} is ${changed ? '' : 'already '}${state}.\n`);
  return exitCodes.done;
}

/** Where only a port was typed, the `up` of the default folder is not meant when it has another one. */
async function checkPort(context: VerbContext): Promise<void> {
  const { given, portBase, data } = context;
  if (portBase === undefined || given.text('data') !== undefined) return;
  const { ports } = answerOf(await askControl(context, { ask: 'status' }), data) as UpStatus;
  if (ports.api !== portBase)
    throw cliFaults('UP_UNREACHABLE', `no \`selvedge up\` has port ${portBase}; that of ${data} has ${ports.api}`);
}

function answerOf(said: ControlAnswer, data: string): unknown {
  if (said.ok) return said.answer;
  const row = { hint: said.hint ?? `Read the log in ${data}/run`, retry: 'later' } as const;
  throw new Fault(said.code ?? 'UP_CHILD_FAILED', row, said.message, {});
}
