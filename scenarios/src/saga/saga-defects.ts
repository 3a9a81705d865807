import type { SagaStepView, SagaView } from '@selvedge/cloud';
import type { Violation } from '@selvedge/testkit';
import type { Defect } from '../defects/defect.ts';
import type { Catch } from '../defects/table.ts';
import { saga } from './saga.ts';

/** What a cloud that has come back takes its sagas for, in place of what it had written. */
const misread = (change: (saga: SagaView) => SagaView): NonNullable<Defect['store']> => {
  return (store) => {
    /** Those that this life of the cloud has changed itself. */
    const own = new Set<string>();
    return {
      ...store,
      sagas: {
        ...store.sagas,
        async find(id) {
          const found = await store.sagas.find(id);
          return found && !own.has(id) ? change(found) : found;
        },
        save(one, events) {
          own.add(one.id);
          return store.sagas.save(one, events);
        },
      },
    };
  };
};

const isBack = ({ direction, status }: SagaView): boolean => direction === 'back' && status === 'running';

/** Planted bugs, and the invariant of the story that each must break. */
const planted: readonly { readonly defect: Defect; readonly as: Violation['invariant']; readonly from?: number }[] = [
  {
    as: 'run twice',
    from: 2,
    defect: {
      name: 'saga-forgets-names',
      about: 'a step is named anew in each life of the cloud, so that it is done again after a kill',
      store: (store, life) => ({
        ...store,
        commands: {
          ...store.commands,
          find: (id) => store.commands.find(id.startsWith('saga-') ? `${id}-${life}` : id),
          issue: (command, node) =>
            store.commands.issue(
              command.id.startsWith('saga-') ? { ...command, id: `${command.id}-${life}` } : command,
              node,
            ),
        },
      }),
    },
  },
  {
    as: 'lost',
    defect: {
      name: 'saga-leaves-out-undoing',
      about: 'a step that was being undone when the cloud was killed is taken for undone',
      store: misread((found) => {
        const steps = found.steps.map(
          (step): SagaStepView => (step.phase === 'undoing' ? { ...step, phase: 'undone' } : step),
        );
        return isBack(found) ? { ...found, steps } : found;
      }),
    },
  },
  {
    as: 'out of order',
    defect: {
      name: 'saga-undoes-forward',
      about: 'after a kill what was done is undone from the first step on',
      store: misread((found) => {
        const done = found.steps.filter(({ phase }) => phase === 'done').reverse();
        const isBegun = found.steps.some(({ phase }) => phase === 'undoing' || phase === 'undone');
        const steps = found.steps.map((step) => (step.phase === 'done' ? done.shift()! : step));
        return isBack(found) && !isBegun ? { ...found, steps } : found;
      }),
    },
  },
  {
    as: 'untold',
    defect: {
      name: 'saga-keeps-no-history',
      about: 'what happened in a saga is kept apart from its state, and is not there when the power goes in between',
      store: (store, life) => ({
        ...store,
        sagas: { ...store.sagas, save: (one, events) => store.sagas.save(one, life % 2 === 0 ? [] : events) },
      }),
    },
  },
];

export const sagaCatches: readonly Catch[] = planted.map((one) => ({ ...one, by: [saga], as: [one.as] }));
