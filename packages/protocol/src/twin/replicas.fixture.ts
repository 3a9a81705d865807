import assert from 'node:assert/strict';
import fc from 'fast-check';
import { editTwin, type TwinEdit } from './edit.ts';
import type { TwinEvent } from './event.ts';
import type { Field, Write } from './field.ts';
import { mergeTwin } from './merge.ts';
import { effectiveOf, latest, policies } from './policy.ts';
import { compareStamps } from './stamp.ts';
import { digestOf, newTwin, type Twin } from './twin.ts';
import { sections } from './value.ts';
import { seenOf, type Vector } from './vector.ts';

/** One thing that happens: a side edits, tells all it knows, or its clock is set. */
export type Deed =
  | { readonly kind: 'edit'; readonly side: number; readonly edit: TwinEdit }
  | { readonly kind: 'tell'; readonly from: number; readonly to: number; readonly age: number }
  | { readonly kind: 'clock'; readonly side: number; readonly shift: number };

export const replicas = ['cloud', 'edge-1/4f0c2a91b7de', 'edge-2/0c2a91b7de4f'];
const year = 31_536_000_000;
const moment = { driftMax: 300_000 };

export const paths = ['desired.a', 'tags.a', 'reported.a'] as const;
const editArbitrary: fc.Arbitrary<TwinEdit> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ path: fc.constantFrom(...paths), value: fc.integer({ min: 0, max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ path: fc.constantFrom(...paths) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      path: fc.constantFrom(...sections.map((section) => `policy.${section}`)),
      value: fc.constantFrom(...policies),
    }),
  },
);

const side = (sides: number): fc.Arbitrary<number> => fc.nat({ max: sides - 1 });
export const deeds = (sides: number): fc.Arbitrary<readonly Deed[]> =>
  fc.array(
    fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({ kind: fc.constant('edit' as const), side: side(sides), edit: editArbitrary }),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant('tell' as const),
          from: side(sides),
          to: side(sides),
          age: fc.nat(4),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('clock' as const),
          side: side(sides),
          shift: fc.constantFrom(-year, 0, year),
        }),
      },
    ),
    { maxLength: 40 },
  );

export interface Side {
  twin: Twin;
  shift: number;
  /** What it knew earlier: a part may arrive late, and again. */
  readonly past: Twin[];
  readonly events: Map<string, TwinEvent>;
}

/** An edit as it was made, with what its writer had seen of the field. */
export interface Made {
  readonly path: string;
  readonly write: Write;
  readonly context: Vector;
}

export interface Ran {
  readonly at: readonly Side[];
  readonly made: readonly Made[];
}

type Merge = typeof mergeTwin;

/** Lets all of it happen, and then everybody hears everybody. */
export function run(sides: number, all: readonly Deed[], merge: Merge = mergeTwin): Ran {
  const made: Made[] = [];
  const at: Side[] = replicas
    .slice(0, sides)
    .map(() => ({ twin: newTwin('pump-7'), shift: 0, past: [], events: new Map() }));
  let now = 2 * year;
  const keep = (one: Side, twin: Twin, events: readonly TwinEvent[]): void => {
    one.past.push((one.twin = twin));
    for (const event of events) {
      const before = one.events.get(event.id);
      if (!before) one.events.set(event.id, event);
    }
  };
  const tell = (one: Side, part: Twin): void => {
    const merged = merge(one.twin, part, { ...moment, now: now + one.shift });
    keep(one, merged.twin, merged.events);
  };
  for (const deed of all) {
    now += 1_000;
    if (deed.kind === 'clock') at[deed.side]!.shift = deed.shift;
    else if (deed.kind === 'tell') tell(at[deed.to]!, at[deed.from]!.past.at(-1 - deed.age) ?? at[deed.from]!.twin);
    else {
      const one = at[deed.side]!;
      const about = { ...moment, now: now + one.shift, replica: replicas[deed.side]!, by: 'test' };
      const edited = editTwin(one.twin, [deed.edit], about);
      if (!edited.ok) continue;
      for (const [path, { writes }] of Object.entries(edited.value.part.fields))
        made.push({ path, write: writes[0]!, context: one.twin.fields[path]?.seen ?? {} });
      keep(one, edited.value.twin, edited.value.events);
    }
  }
  // Partitions end: everybody hears everybody until nothing is new.
  for (let round = 0; round < 2 * sides; round++) for (const one of at) for (const other of at) tell(one, other.twin);
  return { at, made };
}

/** Throws unless all sides agree, and hold exactly the edits that nobody who had seen them has written over. */
export function judge({ at, made }: Ran): void {
  assert.equal(new Set(at.map(({ twin }) => digestOf(twin))).size, 1, 'one version');
  for (const path of paths) {
    const said = new Set(at.map(({ twin }) => JSON.stringify(effectiveOf(twin, path))));
    assert.equal(said.size, 1, `${path} says the same`);
    const own = made.filter((one) => one.path === path);
    const standing = own.filter(({ write }) => !own.some(({ context }) => seenOf(context, write.replica) >= write.n));
    const name = ({ replica, n }: Write): string => `${replica} ${n}`;
    const held = (at[0]!.twin.fields[path]?.writes ?? []).map(name).sort();
    assert.deepEqual(held, standing.map(({ write }) => name(write)).sort(), `${path} holds what stands`);
  }
}

/** Merges that somebody could have written, each wrong. */
export const planted: Readonly<Record<string, Merge>> = {
  'the later stamp wins, whatever was seen': (before, incoming, about) =>
    mergeTwin(
      before,
      withFields(incoming, (field, path) => (isOlder(field, before.fields[path]) ? undefined : field)),
      about,
    ),
  'deletions are not told': (before, incoming, about) =>
    mergeTwin(
      before,
      withFields(incoming, (field) => (field.writes.some(isDeleted) ? undefined : field)),
      about,
    ),
  'what was seen is forgotten': (before, incoming, about) =>
    mergeTwin(
      before,
      withFields(incoming, ({ writes }) => ({ writes, seen: {} })),
      about,
    ),
  'a stamp is set back on one side only': (before, incoming, about) => {
    const merged = mergeTwin(before, incoming, about);
    const own = withFields(merged.twin, ({ seen, writes }, path) => ({
      seen,
      writes: writes.map((write) => before.fields[path]?.writes.find((one) => isSame(one, write)) ?? write),
    }));
    return { ...merged, twin: own };
  },
};

type Chosen = (field: Field, path: string) => Field | undefined;

const withFields = (part: Twin, choose: Chosen): Twin => ({
  ...part,
  fields: Object.fromEntries(
    Object.entries(part.fields).flatMap(([path, field]) => {
      const chosen = choose(field, path);
      return chosen ? [[path, chosen] as const] : [];
    }),
  ),
});

const isSame = (one: Write, other: Write): boolean => one.replica === other.replica && one.n === other.n;

const isDeleted = ({ value }: Write): boolean => value === undefined;

const isOlder = (field: Field, than: Field | undefined): boolean =>
  than !== undefined &&
  than.writes.length > 0 &&
  compareStamps(latest(field.writes).stamp, latest(than.writes).stamp) < 0;
