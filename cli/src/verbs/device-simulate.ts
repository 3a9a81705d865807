import { join, resolve } from 'node:path';
import { describeFailure, jsonLog } from '@selvedge/kernel';
import { misused, wholeNumber } from '../arguments.ts';
import { fleet, type Kind, kindNames } from '../engines/simulation/fleet.ts';
import { exitCodes } from '../exit.ts';
import { portsFrom } from '../port-table.ts';
import { simulate } from '../simulate.ts';
import type { Given, Verb } from '../verb.ts';

export const deviceSimulate: Verb = {
  path: ['device', 'simulate'],
  summary: 'Run simulated devices that report and obey, until Ctrl-C.',
  arguments: [],
  options: {
    devices: { kind: 'text', value: 'N', doc: 'How many; default 20.' },
    kinds: { kind: 'text', value: 'LIST', doc: `Which kinds, between commas; default ${kindNames.join(',')}.` },
    mqtt: { kind: 'text', value: 'URL', doc: 'Where they report; default mqtt://127.0.0.1 with the port of the edge.' },
    'port-base': { kind: 'text', value: 'N', doc: 'The edge is on this machine, its ports moved to N.' },
    rate: { kind: 'text', value: 'N', doc: 'Readings of each device in a second; default 1.' },
    seed: { kind: 'text', value: 'N', doc: 'The same seed gives the same history; default 1.' },
    data: { kind: 'text', value: 'DIR', doc: 'Keep the outboxes below DIR/demo; without it they live in memory.' },
  },
  examples: ['selvedge device simulate', 'selvedge device simulate --devices 200 --kinds field --rate 0.2'],
  talks: false,
  async run(context) {
    const { given, env, clock, random, signal, portBase, out, json } = context;
    const count = wholeNumber(given, deviceSimulate, 'devices', { min: 1, max: 10_000 }) ?? 20;
    const seed = wholeNumber(given, deviceSimulate, 'seed', { min: 0, max: 2 ** 31 }) ?? 1;
    const mqtt = given.text('mqtt') ?? `mqtt://127.0.0.1:${portsFrom(portBase).mqtt}`;
    const data = given.text('data') ?? env['SELVEDGE_DATA'];
    const log = jsonLog((line) => out.complain(line), clock, 'warn');
    const devices = fleet({ count, kinds: kindsOf(given), seed });
    const dir = data === undefined ? undefined : join(resolve(data), 'demo');
    try {
      const running = await simulate(devices, { mqtt, rate: rateOf(given), dir }, { clock, random, log });
      if (json) out.write(`${JSON.stringify({ devices: devices.map(({ id, kind }) => ({ id, kind })), mqtt })}\n`);
      else out.write(`${count} simulated devices report to ${mqtt}. Ctrl-C ends them.\n`);
      await running.online(signal).then(
        () => process.send?.({ ready: true, devices: count }),
        () => undefined,
      );
      if (!signal.aborted)
        await new Promise<void>((end) => signal.addEventListener('abort', () => end(), { once: true }));
      await running.stop();
    } catch (cause) {
      process.send?.({ failed: describeFailure(cause) });
      throw cause;
    }
    return exitCodes.done;
  },
};

function kindsOf(given: Given): readonly Kind[] {
  const named = (given.text('kinds') ?? kindNames.join(',')).split(',').map((name) => name.trim());
  const unknown = named.find((name) => !(kindNames as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw misused(deviceSimulate, `there is no kind "${unknown}"; there are ${kindNames.join(', ')}`);
  return named as readonly Kind[];
}

function rateOf(given: Given): number {
  const text = given.text('rate') ?? '1';
  const rate = Number(text);
  if (!(rate >= 0.001 && rate <= 1_000))
    throw misused(deviceSimulate, `--rate is "${text}", it must be from 0.001 to 1000`);
  return rate;
}
