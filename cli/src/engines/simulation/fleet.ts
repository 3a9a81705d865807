import { seeded } from '@selvedge/kernel';
import { field } from './field.ts';
import { junction } from './junction.ts';
import { machine } from './machine.ts';
import type { Model, ModelMaker } from './model.ts';

export const kinds = { machine, junction, field } as const satisfies Record<string, ModelMaker>;
export type Kind = keyof typeof kinds;

export const kindNames = Object.keys(kinds) as readonly Kind[];

export interface SimulatedDevice {
  /** `machine-1`. */
  readonly id: string;
  readonly kind: Kind;
  readonly model: Model;
}

/** So many devices, the kinds in turn; each has its own seed, so that adding one changes none of the others. */
export function fleet(options: {
  readonly count: number;
  readonly kinds: readonly Kind[];
  readonly seed: number;
}): readonly SimulatedDevice[] {
  return Array.from({ length: options.count }, (_, place) => {
    const kind = options.kinds[place % options.kinds.length]!;
    const index = Math.floor(place / options.kinds.length) + 1;
    const random = seeded(options.seed * 1_000_003 + kindNames.indexOf(kind) * 65_537 + index);
    return { id: `${kind}-${index}`, kind, model: kinds[kind](random, { index }) };
  });
}
