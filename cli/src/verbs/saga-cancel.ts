import { type SagaView, sagaJson, sagaPath, saySaga } from '../shapes/saga.ts';
import type { Verb } from '../verb.ts';

export const sagaCancel: Verb = {
  path: ['saga', 'cancel'],
  summary: 'Undo what a saga has done; of one that is stuck, try again.',
  arguments: [{ name: 'SAGA', doc: 'Its id.' }],
  options: {},
  examples: ['selvedge saga cancel 3f2a90c1d4e5b6a798001122'],
  talks: true,
  async run({ given, cloud, answer }) {
    const path = sagaPath(given.argument('SAGA')!);
    const saga = await cloud().post<SagaView>(`${path}/cancel`);
    answer(sagaJson(saga), saySaga(saga));
    return undefined;
  },
};
