import { parseDuration, seconds } from '@selvedge/kernel';
import { isFinal, type Value } from '@selvedge/protocol';
import { misused } from '../arguments.ts';
import type { CommandView } from '../cloud-views.ts';
import { exitCodes } from '../exit.ts';
import { cliFaults } from '../faults.ts';
import type { CloudApi } from '../ports.ts';
import { commandJson } from '../shapes/command.ts';
import type { Given, Verb, VerbContext } from '../verb.ts';

export const send: Verb = {
  path: ['send'],
  summary: 'Send a command to a device.',
  arguments: [
    { name: 'DEVICE', doc: 'Whom it is for.' },
    { name: 'COMMAND', doc: 'What to do, in a word that the device knows.' },
  ],
  options: {
    argument: { kind: 'list', value: 'K=V', doc: 'An argument: a number, true or false, else text. May be repeated.' },
    reason: { kind: 'text', doc: 'Why, for whoever reads it later.' },
    'expires-in': { kind: 'text', value: 'TIME', doc: 'After this it is not delivered any more; default 60s.' },
    wait: { kind: 'flag', doc: 'Wait for the result; exit code 1 unless it was done.' },
  },
  examples: [
    'selvedge send pump-7 throttle --argument percent=50 --wait',
    'selvedge send field-2 irrigate --argument minutes=5',
  ],
  talks: true,
  async run(context) {
    const { given, answer } = context;
    const device = given.argument('DEVICE')!;
    const reason = given.text('reason');
    const api = context.cloud();
    const issued = await api.post<CommandView>(`/v1/devices/${encodeURIComponent(device)}/commands`, {
      command: given.argument('COMMAND')!,
      arguments: commandArguments(given),
      ...(reason === undefined ? {} : { reason }),
      expiresInSeconds: expiresIn(given) / 1_000,
    });
    if (!given.flag('wait')) {
      answer(commandJson(issued), `Command ${issued.id} for ${device} is ${issued.state}.\n`);
      return exitCodes.done;
    }
    const ended = await waitForEnd(issued, api, context);
    answer(commandJson(ended), ended.state === 'done' ? `Done: ${JSON.stringify(ended.result)}\n` : '');
    if (ended.state === 'done') return exitCodes.done;
    throw cliFaults('COMMAND_NOT_DONE', `command ${ended.id} for ${device} ${endOf(ended)}`, { state: ended.state });
  },
};

const endOf = (command: CommandView): string =>
  command.state === 'expired' ? 'expired before the device had it' : `failed: ${JSON.stringify(command.result)}`;

/** Between two looks. */
const lookEvery = seconds(0.25);
/** After the time of expiry the cloud is given so long to say so. */
const graceMax = seconds(15);

async function waitForEnd(issued: CommandView, api: CloudApi, { clock, signal }: VerbContext): Promise<CommandView> {
  let command = issued;
  while (!isFinal(command.state)) {
    if (clock.wall() > command.expiresAt + graceMax)
      throw cliFaults('COMMAND_NOT_DONE', `command ${command.id} is still ${command.state}`, { state: command.state });
    await clock.sleep(lookEvery, signal);
    command = await api.get<CommandView>(`/v1/commands/${encodeURIComponent(command.id)}`);
  }
  return command;
}

function commandArguments(given: Given): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    given.list('argument').map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw misused(send, `--argument is "${pair}", it must be NAME=VALUE`);
      return [pair.slice(0, at), readValue(pair.slice(at + 1))];
    }),
  );
}

function readValue(text: string): Value {
  if (text === 'true' || text === 'false') return text === 'true';
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

function expiresIn(given: Given): number {
  const text = given.text('expires-in');
  if (text === undefined) return seconds(60);
  const length = parseDuration(text);
  if (!length.ok) throw misused(send, `--expires-in: ${length.why}`);
  return length.value;
}
