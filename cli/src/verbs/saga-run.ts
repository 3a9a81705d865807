import { readFile } from 'node:fs/promises';
import { seconds } from '@selvedge/kernel';
import { misused } from '../arguments.ts';
import { exitCodes } from '../exit.ts';
import { cliFaults } from '../faults.ts';
import { type SagaView, sagaJson, sagaPath, saySaga } from '../shapes/saga.ts';
import type { Verb } from '../verb.ts';

export const sagaRun: Verb = {
  path: ['saga', 'run'],
  summary: 'Begin a change of several steps, which is undone when one of them fails.',
  arguments: [{ name: 'FILE', doc: 'The plan in JSON; see docs/guide/configuration.md.' }],
  options: { wait: { kind: 'flag', doc: 'Wait for its end; exit code 1 unless it was done.' } },
  examples: ['selvedge saga run move-the-limit.json --wait'],
  talks: true,
  async run({ given, cloud, answer, clock, signal }) {
    const api = cloud();
    let saga = await api.post<SagaView>('/v1/sagas', await planIn(given.argument('FILE')!));
    while (given.flag('wait') && saga.status === 'running') {
      await clock.sleep(lookEvery, signal);
      saga = await api.get<SagaView>(sagaPath(saga.id));
    }
    answer(sagaJson(saga), saySaga(saga));
    if (!given.flag('wait') || saga.status === 'done') return exitCodes.done;
    throw cliFaults('SAGA_NOT_DONE', `saga ${saga.id} is ${saga.status}: ${saga.why}`, {
      saga: saga.id,
      status: saga.status,
    });
  },
};

/** Between two looks. */
const lookEvery = seconds(0.5);

async function planIn(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw misused(sagaRun, `${path} cannot be read as JSON: ${(cause as Error).message}`);
  }
}
