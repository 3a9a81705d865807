import type { SagaAction, SagaPlan, SagaStep } from '@selvedge/cloud';
import type { Random } from '@selvedge/kernel';
import { between, coin, oneOf, spread, whole } from '../cast/chance.ts';
import { unusable } from '../cast/configured-edge.ts';

export type Way = 'do' | 'undo';

/** How the device takes the command of a step, or of its undoing. */
export interface Fate {
  /** Attempts that fail before one goes well; infinite until a person has mended the device. */
  readonly failures: number;
  /** Milliseconds that an attempt takes, often longer than the command lasts. */
  readonly takes: number;
}

export interface DrawnSaga {
  readonly id: string;
  readonly plan: SagaPlan;
  readonly fateOf: (step: number, way: Way) => Fate;
  /** Milliseconds after the beginning at which a person has enough of it, if one has. */
  readonly cancelledAfter: number | undefined;
}

export const [device, node] = ['pump-1-1', 'edge-1'] as const;

/** Two to five steps of all kinds, some of which fail, some of which cannot be undone for a while. */
export function drawSaga(random: Random): DrawnSaga {
  const count = whole(random, 2, 5);
  const failing = coin(random, 0.65) ? whole(random, 1, count) - 1 : -1;
  const kinds = Array.from({ length: count }, () =>
    oneOf(random, ['command', 'command', 'twin', 'configure'] as const),
  );
  const steps = kinds.map((kind, step) => drawStep[kind](random, step, step === failing));
  const fates = new Map<string, Fate>();
  for (let step = 0; step < count; step++) {
    const takes = (): number => (coin(random, 0.75) ? between(random, 0, 500) : spread(random, 500, 60_000));
    const never = Number.POSITIVE_INFINITY;
    fates.set(`${step} do`, { failures: step === failing ? oneOf(random, [1, never]) : 0, takes: takes() });
    fates.set(`${step} undo`, { failures: oneOf(random, [0, 0, 0, 0, whole(random, 1, 4), never]), takes: takes() });
  }
  return {
    id: 's1',
    plan: {
      name: 'a story',
      steps,
      within: oneOf(random, [60_000, 600_000, 600_000]),
      retriesMax: whole(random, 0, 2),
    },
    fateOf: (step, way) => fates.get(`${step} ${way}`)!,
    cancelledAfter: coin(random, 0.2) ? spread(random, 1_000, 120_000) : undefined,
  };
}

type Draw = (random: Random, step: number, fails: boolean) => SagaStep;

const drawStep: Readonly<Record<'command' | 'twin' | 'configure', Draw>> = {
  command(random, step) {
    const expiresInSeconds = whole(random, 10, 60);
    const command = (way: Way): SagaAction => ({
      ...{ kind: 'command', device, command: 'act', arguments: { step, way }, expiresInSeconds },
    });
    return { name: `act ${step}`, do: command('do'), undo: coin(random, 0.85) ? command('undo') : null };
  },
  twin(random, step, fails) {
    const tag = (way: Way): SagaAction => ({ kind: 'twin', device, sections: { tags: { [`step${step}`]: way } } });
    const unfit: SagaAction = { kind: 'twin', device, sections: { policy: { tags: 'nonsense' } } };
    return { name: `tag ${step}`, do: fails ? unfit : tag('do'), undo: coin(random, 0.85) ? tag('undo') : null };
  },
  configure(random, step, fails) {
    const bad = oneOf(random, [{ period: 'often' }, { samplesMax: unusable.fails }]);
    const settings = { window: fails ? bad : { period: `${20 + 10 * step}s` } };
    const undo: SagaAction | null = coin(random, 0.85) ? { kind: 'restore' } : null;
    return { name: `configure ${step}`, do: { kind: 'configure', node, settings }, undo };
  },
};
