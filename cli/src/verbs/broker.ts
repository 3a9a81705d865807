import { readFile } from 'node:fs/promises';
import { systemDisk } from '@selvedge/journal/disk';
import { bytes, describeFailure, jsonLog, seconds } from '@selvedge/kernel';
import { systemEntropy } from '@selvedge/kernel/system';
import { defaultLimits, durableBroker, simpleAccess } from '@selvedge/mqtt';
import { misused, wholeNumber } from '../arguments.ts';
import { exitCodes } from '../exit.ts';
import type { Given, Verb } from '../verb.ts';

export const broker: Verb = {
  path: ['broker'],
  summary: 'Run the MQTT broker alone, until Ctrl-C. What it acknowledges survives kill -9 and power cuts.',
  arguments: [],
  options: {
    port: { kind: 'text', value: 'N', doc: 'Port for MQTT over TCP; default 1883, 0 lets the system choose.' },
    host: { kind: 'text', value: 'ADDRESS', doc: 'Address to listen at; default 127.0.0.1.' },
    data: { kind: 'text', value: 'DIR', doc: 'Folder of sessions, wills and retained messages; default ./broker.' },
    'allow-anonymous': { kind: 'flag', doc: 'Let everybody in who gives no user name, or one that is not known.' },
    passwords: { kind: 'text', value: 'FILE', doc: 'Who else may come in: lines of name:password.' },
    'keep-alive': {
      kind: 'text',
      value: 'SECONDS',
      doc: 'Longest keep-alive of version 5 clients, also for those who want none; default 60.',
    },
    'packet-size-max': {
      kind: 'text',
      value: 'SIZE',
      doc: 'Largest packet of a client, up to 256MiB; default 1MiB. From 256KiB on it lies on disk.',
    },
    'spool-max': { kind: 'text', value: 'SIZE', doc: 'Disk for those payloads; default 4GiB.' },
    'deny-subscribe': {
      kind: 'list',
      value: 'TOPIC[=CODE]',
      doc: 'Filter that nobody may subscribe to, with the SUBACK code; default 135.',
    },
  },
  examples: ['selvedge broker --port 1883 --data /var/lib/mqtt --allow-anonymous --deny-subscribe private/#=128'],
  talks: false,
  async run({ given, clock, random, signal, out, json }) {
    const port = wholeNumber(given, broker, 'port', { min: 0, max: 65_535 }) ?? 1883;
    const host = given.text('host') ?? '127.0.0.1';
    const keepAlive = wholeNumber(given, broker, 'keep-alive', { min: 1, max: 65_535 }) ?? 60;
    const packetSizeMax =
      size(given, 'packet-size-max', { min: '16KiB', max: '256MiB' }) ?? defaultLimits.packetSizeMax;
    const spoolMax = size(given, 'spool-max', { min: '1MiB', max: '1024TiB' });
    const anonymous = given.flag('allow-anonymous');
    const passwords = given.text('passwords');
    if (!anonymous && passwords === undefined)
      throw misused(broker, 'nobody could connect: give --allow-anonymous, or --passwords FILE');
    const users = passwords === undefined ? new Map<string, string>() : usersOf(await readFile(passwords, 'utf8'));
    const denied = new Map(given.list('deny-subscribe').map(denial));
    const log = jsonLog((line) => out.complain(line), clock, 'warn');
    const one = durableBroker(
      {
        data: given.text('data') ?? './broker',
        listeners: [{ transport: 'tcp', host, port }],
        limits: { keepAliveMax: seconds(keepAlive), packetSizeMax },
        ...(spoolMax === undefined ? {} : { spoolMax }),
      },
      {
        clock,
        random,
        entropy: systemEntropy,
        disk: systemDisk,
        log,
        access: simpleAccess({ anonymous, users, denied }),
      },
    );
    try {
      await one.start(signal);
    } catch (cause) {
      process.send?.({ failed: describeFailure(cause) });
      throw cause;
    }
    const taken = one.listening[0]!.port;
    if (json) out.write(`${JSON.stringify({ host, port: taken })}\n`);
    else out.write(`MQTT at ${host}:${taken}. Ctrl-C ends it.\n`);
    process.send?.({ ready: true, port: taken });
    if (!signal.aborted)
      await new Promise<void>((end) => signal.addEventListener('abort', () => end(), { once: true }));
    await one.stop();
    return exitCodes.done;
  },
};

const sizeField = bytes({ doc: 'A size.' });

/** A size such as `4MiB`, within bounds that are written the same way; undefined if it is not given. */
function size(given: Given, name: string, { min, max }: { min: string; max: string }): number | undefined {
  const text = given.text(name);
  if (text === undefined) return undefined;
  const [value, least, most] = [text, min, max].map((one) => {
    const read = sizeField.read(one);
    return read.ok ? read.value : Number.NaN;
  });
  if (value! >= least! && value! <= most!) return value;
  throw misused(broker, `--${name} is "${text}", it must be a size from ${min} to ${max}`);
}

/** `name:password` a line. */
const usersOf = (text: string): Map<string, string> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  );

/** `TOPIC` or `TOPIC=CODE`; a topic may hold `=` itself. */
function denial(text: string): [filter: string, code: number] {
  const [, filter, code] = /^(.*)=(\d+)$/.exec(text) ?? [undefined, text, '135'];
  if (Number(code) < 128 || Number(code) > 255)
    throw misused(broker, `--deny-subscribe ${text}: a code is from 128 to 255`);
  return [filter!, Number(code)];
}
