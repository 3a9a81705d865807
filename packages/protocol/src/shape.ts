import { Buffer } from 'node:buffer';
import type { Value } from './reading.ts';

export const valueKind = { number: 0, boolean: 1, text: 2 } as const;
export type ValueKind = (typeof valueKind)[keyof typeof valueKind];

/** The names and kinds of a reading's values, in their order. Interned: one object per shape and table. */
export interface Shape {
  readonly id: number;
  readonly names: readonly string[];
  readonly kinds: readonly ValueKind[];
  /** `count:u8 (kind:u8 name:str8)*`, ready to be copied into a record. */
  readonly bytes: Uint8Array;
}

interface Branch {
  /** By the kind of the next value, then by its name. */
  readonly next: (Map<string, Branch> | undefined)[];
  shape: Shape | undefined;
}

/** Finds the shape of each reading without building a key: one map look-up per value. */
export interface Shapes {
  /** The shape of the first `count` names and values. */
  of(names: readonly string[], values: readonly Value[], count: number): Shape;
  readonly size: number;
}

export const kindOf = (value: Value): ValueKind =>
  typeof value === 'number' ? valueKind.number : typeof value === 'boolean' ? valueKind.boolean : valueKind.text;

/** Devices that invent names for ever must not fill the memory: the table starts anew at this many branches, some 10 MB. */
const branchesMax = 50_000;

export function shapes(): Shapes {
  let root = branch();
  let branches = 0;
  let known = 0;
  let nextId = 0;
  const step = (from: Branch, name: string, kind: ValueKind): Branch => {
    const level = (from.next[kind] ??= new Map());
    let next = level.get(name);
    if (!next) {
      level.set(name, (next = branch()));
      branches += 1;
    }
    return next;
  };
  return {
    of(names, values, count) {
      let at = root;
      for (let i = 0; i < count; i++) at = step(at, names[i]!, kindOf(values[i]!));
      if (at.shape) return at.shape;
      at.shape = buildShape(nextId++, names.slice(0, count), values.slice(0, count).map(kindOf));
      known += 1;
      const built = at.shape;
      if (branches > branchesMax) {
        root = branch();
        branches = 0;
        known = 0;
      }
      return built;
    },
    get size() {
      return known;
    },
  };
}

const branch = (): Branch => ({ next: [undefined, undefined, undefined], shape: undefined });

function buildShape(id: number, names: readonly string[], kinds: readonly ValueKind[]): Shape {
  const parts = names.map((name, index) => {
    const utf8 = Buffer.from(name, 'utf8');
    return Buffer.concat([Uint8Array.of(kinds[index]!, utf8.length), utf8]);
  });
  return { id, names, kinds, bytes: Buffer.concat([Uint8Array.of(names.length), ...parts]) };
}
