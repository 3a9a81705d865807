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
  readonly next: [Map<string, Branch>, Map<string, Branch>, Map<string, Branch>];
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

/** Devices that invent names for ever must not fill the memory: the table starts anew at this many shapes. */
const shapesMax = 10_000;

export function shapes(): Shapes {
  let root = branch();
  let known = 0;
  let nextId = 0;
  return {
    of(names, values, count) {
      let at = root;
      for (let i = 0; i < count; i++) {
        const level = at.next[kindOf(values[i]!)];
        let next = level.get(names[i]!);
        if (!next) level.set(names[i]!, (next = branch()));
        at = next;
      }
      if (at.shape) return at.shape;
      if (known === shapesMax) {
        root = branch();
        known = 0;
      }
      known += 1;
      at.shape = buildShape(nextId++, names.slice(0, count), values.slice(0, count).map(kindOf));
      return at.shape;
    },
    get size() {
      return known;
    },
  };
}

const branch = (): Branch => ({ next: [new Map(), new Map(), new Map()], shape: undefined });

function buildShape(id: number, names: readonly string[], kinds: readonly ValueKind[]): Shape {
  const parts = names.map((name, index) => {
    const utf8 = Buffer.from(name, 'utf8');
    return Buffer.concat([Uint8Array.of(kinds[index]!, utf8.length), utf8]);
  });
  return { id, names, kinds, bytes: Buffer.concat([Uint8Array.of(names.length), ...parts]) };
}
