import { misused } from '../arguments.ts';
import { readValue, sayTwin, type TwinView, twinJson, twinPath } from '../shapes/twin.ts';
import type { Verb } from '../verb.ts';

export const twinResolve: Verb = {
  path: ['twin', 'resolve'],
  summary: 'Settle a conflict, by the value of one side or by another one.',
  arguments: [
    { name: 'DEVICE', doc: 'The device.' },
    { name: 'CONFLICT', doc: 'The conflict, as `twin conflicts` names it.' },
    { name: 'TAKE', doc: '`edge`, `cloud`, or the replica that wrote.', optional: true },
  ],
  options: { value: { kind: 'text', value: 'VALUE', doc: 'Another value: JSON, else text. Instead of TAKE.' } },
  examples: [
    'selvedge twin resolve pump-7 9f2c11a0b7de4410 edge',
    'selvedge twin resolve pump-7 9f2c11a0b7de4410 --value 21.5',
  ],
  talks: true,
  async run({ given, cloud, answer }) {
    const take = given.argument('TAKE');
    const value = given.text('value');
    if ((take === undefined) === (value === undefined)) throw misused(twinResolve, 'give either TAKE or --value');
    const event = encodeURIComponent(given.argument('CONFLICT')!);
    const path = `${twinPath(given.argument('DEVICE')!)}/events/${event}/resolve`;
    const body = take === undefined ? { value: readValue(value!) } : { take };
    const twin = await cloud().post<TwinView>(path, body);
    answer(twinJson(twin), sayTwin(twin));
    return undefined;
  },
};
