import { readSettings } from '@selvedge/protocol';
import type { SagaAction, SagaPlan, SagaView } from '../../ports.ts';

/** Steps of one saga. */
export const sagaStepsMax = 64;

/** All that is wrong with a plan, beyond what its form can tell. */
export function mistakesIn({ steps }: SagaPlan): readonly string[] {
  return steps.flatMap((step, index) => {
    const at = `steps.${index}`;
    const actions: readonly (readonly [string, SagaAction | null])[] = [
      [`${at}.do`, step.do],
      [`${at}.undo`, step.undo],
    ];
    const settings = actions.flatMap(([name, action]) =>
      action?.kind === 'configure'
        ? readSettings(action.settings).mistakes.map((why) => `${name}.settings: ${why}`)
        : [],
    );
    const restores = step.do.kind === 'restore' ? [`${at}.do: restore is for undo`] : [];
    const lost =
      step.undo?.kind === 'restore' && step.do.kind !== 'configure'
        ? [`${at}.undo: restore undoes configure alone`]
        : [];
    return [...settings, ...restores, ...lost];
  });
}

/** A saga that has not begun. */
export const newSaga = (id: string, plan: SagaPlan, by: string, now: number): SagaView => ({
  id,
  name: plan.name,
  by,
  status: 'running',
  direction: 'forward',
  why: null,
  createdAt: now,
  endedAt: null,
  deadline: now + plan.within,
  within: plan.within,
  retriesMax: plan.retriesMax,
  revision: 0,
  steps: plan.steps.map((step) => ({
    ...step,
    phase: 'waiting',
    attempt: 0,
    isUncertain: false,
    notBefore: 0,
    why: null,
    result: null,
  })),
});
