import { type SagaView, sagaJson, sagaPath, saySaga } from '../shapes/saga.ts';
import type { Verb } from '../verb.ts';

export const sagaShow: Verb = {
  path: ['saga', 'show'],
  summary: 'Show the steps of a saga and what became of each.',
  arguments: [{ name: 'SAGA', doc: 'Its id.' }],
  options: {},
  examples: ['selvedge saga show 3f2a90c1d4e5b6a798001122'],
  talks: true,
  async run({ given, cloud, answer }) {
    const path = sagaPath(given.argument('SAGA')!);
    const saga = await cloud().get<SagaView>(path);
    answer(sagaJson(saga), saySaga(saga));
    return undefined;
  },
};
