import { sayTwin, type TwinView, twinJson, twinPath } from '../shapes/twin.ts';
import type { Verb } from '../verb.ts';

export const twinUndo: Verb = {
  path: ['twin', 'undo'],
  summary: 'Take an event of a twin back, by a new edit.',
  arguments: [
    { name: 'DEVICE', doc: 'The device.' },
    { name: 'EVENT', doc: 'The event, as `twin history` names it.' },
  ],
  options: {},
  examples: ['selvedge twin undo pump-7 9f2c11a0b7de4410'],
  talks: true,
  async run({ given, cloud, answer }) {
    const event = encodeURIComponent(given.argument('EVENT')!);
    const twin = await cloud().post<TwinView>(`${twinPath(given.argument('DEVICE')!)}/events/${event}/undo`);
    answer(twinJson(twin), sayTwin(twin));
    return undefined;
  },
};
