import { describeFailure, every, type Log, type Service, seconds, service } from '@selvedge/kernel';
import type { CloudMetrics } from '../../metrics.ts';
import type { SagaEvent, SagaPlan, Sagas, SagaView } from '../../ports.ts';
import { type PerformWorld, perform } from './perform.ts';
import { newSaga } from './plan.ts';
import { type SagaInput, stepSaga } from './step-saga.ts';

export interface SagasWorld extends PerformWorld {
  readonly log: Log;
  readonly metrics: CloudMetrics;
  readonly sagas: Sagas;
}

/** Runs sagas one step after the other, also those that an earlier life of the cloud began. */
export interface SagaRunner extends Service {
  /** The saga that began, or the one that has this id already; undefined when too many run. */
  begin(id: string, plan: SagaPlan, by: string): Promise<SagaView | undefined>;
  /** Undoes it, or tries again to; undefined when there is none. */
  cancel(id: string): Promise<SagaView | undefined>;
  /** Takes every saga as far as it goes for now; done every second. */
  look(): Promise<void>;
}

/** Sagas that are looked at in a round; no more run at once. */
const roundMax = 100;

/** What a saga may get done at once, so that none keeps the others waiting. */
const stepsMax = 256;

export function sagaRunner(world: SagasWorld): SagaRunner {
  const { clock, log, metrics, sagas } = world;
  const ended = new AbortController();
  let queue: Promise<unknown> = Promise.resolve();

  /** One thing after the other: nobody changes a saga while it is being looked at. */
  const inTurn = <Value>(task: () => Promise<Value>): Promise<Value> => {
    const turn = queue.then(task);
    queue = turn.catch(() => undefined);
    return turn;
  };

  /** Makes a step durable. Gives what it is now, and what is to be performed. */
  const take = async (before: SagaView, input: SagaInput) => {
    const now = clock.wall();
    const { saga, effect, events } = stepSaga(before, input, now);
    if (saga === before) return { saga, effect };
    const next: SagaView = { ...saga, revision: before.revision + 1 };
    const isKept = await sagas.save(next, events.map(numbered(next.revision, now)));
    if (!isKept) throw new Error(`saga ${saga.id} was changed by somebody else`);
    if (next.status !== before.status) over(next);
    return { saga: next, effect };
  };

  const over = ({ id, name, status, why }: SagaView): void => {
    metrics.sagas.add(1, status);
    log[status === 'stuck' ? 'error' : 'info'](`saga.${status}`, { saga: id, name, ...(why === null ? {} : { why }) });
  };

  const advance = async (first: SagaView): Promise<void> => {
    let saga = first;
    for (let count = 0; count < stepsMax && saga.status === 'running' && !ended.signal.aborted; count++) {
      const woken = await take(saga, { kind: 'wake' });
      const { effect } = woken;
      if (!effect && woken.saga === saga) return;
      saga = woken.saga;
      if (!effect) continue;
      const outcome = await perform(saga, effect, world);
      const after = (await take(saga, { kind: 'outcome', key: effect.key, outcome })).saga;
      if (after === saga) return;
      saga = after;
    }
  };

  const attempt = async (saga: SagaView): Promise<void> => {
    try {
      await advance(saga);
    } catch (cause) {
      log.error('saga.delayed', { saga: saga.id, ...describeFailure(cause) });
    }
  };

  const look = async (): Promise<void> => {
    for (const { id } of await sagas.list({ status: 'running', limit: roundMax })) {
      if (ended.signal.aborted) return;
      await inTurn(async () => {
        const saga = await sagas.find(id);
        if (saga) await attempt(saga);
      });
    }
  };

  return {
    ...service({
      start() {
        void every(clock, seconds(1), ended.signal, async () => {
          await look().catch((cause: unknown) => log.error('saga.delayed', describeFailure(cause)));
        });
      },
      async stop() {
        ended.abort();
        await queue;
      },
    }),

    look,

    begin: (id, plan, by) =>
      inTurn(async () => {
        const saga = newSaga(id, plan, by, clock.wall());
        const created = await sagas.create(saga);
        if (created === 'full') return undefined;
        if (created) await attempt(saga);
        return sagas.find(id);
      }),

    cancel: (id) =>
      inTurn(async () => {
        const before = await sagas.find(id);
        if (!before) return undefined;
        const { saga } = await take(before, { kind: 'cancel' });
        await attempt(saga);
        return sagas.find(id);
      }),
  };
}

/** Events are numbered by the revision that they led to, so that a step that is made again makes the same ones. */
const numbered = (revision: number, at: number) => (event: SagaEvent, index: number) => ({
  ...event,
  sequence: revision * eventsOfStepMax + index,
  at,
});

const eventsOfStepMax = 8;
