import { misused } from '../arguments.ts';
import { sayTwin, type TwinView, twinJson, twinPath } from '../shapes/twin.ts';
import type { Verb } from '../verb.ts';

export const twinShow: Verb = {
  path: ['twin', 'show'],
  summary: 'Show what a device should do, what it says it does, and what is known of it.',
  arguments: [{ name: 'DEVICE', doc: 'The device.' }],
  options: { at: { kind: 'text', value: 'TIME', doc: 'As it was known at this time, such as 2026-03-01T12:00:00Z.' } },
  examples: ['selvedge twin show pump-7', 'selvedge twin show pump-7 --at 2026-03-01T12:00:00Z --json'],
  talks: true,
  async run({ given, cloud, answer }) {
    const text = given.text('at');
    const at = text === undefined ? undefined : Date.parse(text);
    if (Number.isNaN(at)) throw misused(twinShow, `--at is "${text}", which is no time`);
    const twin = await cloud().get<TwinView>(twinPath(given.argument('DEVICE')!), { at });
    answer(twinJson(twin), sayTwin(twin));
    return undefined;
  },
};
