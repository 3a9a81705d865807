import { wholeNumber } from '../arguments.ts';
import { type SagaView, sagaJson } from '../shapes/saga.ts';
import { table } from '../text/columns.ts';
import { sayTime } from '../text/say.ts';
import type { Verb } from '../verb.ts';

export const sagaList: Verb = {
  path: ['saga', 'list'],
  summary: 'List sagas, the latest first.',
  arguments: [],
  options: {
    status: { kind: 'text', value: 'STATUS', doc: 'Only those that are running, done, undone or stuck.' },
    limit: { kind: 'text', value: 'N', doc: 'At most so many; default 50.' },
  },
  examples: ['selvedge saga list --status stuck'],
  talks: true,
  async run({ given, cloud, answer }) {
    const limit = wholeNumber(given, sagaList, 'limit', { min: 1, max: 1_000 }) ?? 50;
    const { sagas } = await cloud().get<{ sagas: readonly SagaView[] }>('/v1/sagas', {
      status: given.text('status'),
      limit,
    });
    const rows = sagas.map((saga) => [saga.id, sayTime(saga.createdAt), saga.name, saga.status, saga.why ?? '']);
    answer(
      { sagas: sagas.map(sagaJson) },
      table(['saga', 'begun', 'name', 'status', 'why'], rows, 'There is no saga.'),
    );
    return undefined;
  },
};
