import { crossings } from './event.ts';
import { effectiveOf, type Policy, policyOf } from './policy.ts';
import { digestOf, type Twin } from './twin.ts';
import { type Section, sections, type TwinValue } from './value.ts';

/** What a twin says, for whoever uses it: values by the names of their fields, without the section before them. */
export interface TwinValues {
  readonly device: string;
  /** Changes whenever anything of the twin does. */
  readonly version: string;
  readonly desired: Readonly<Record<string, TwinValue>>;
  readonly reported: Readonly<Record<string, TwinValue>>;
  readonly tags: Readonly<Record<string, TwinValue>>;
  /** Of the fields, or paths above them, that have another than `latest`. */
  readonly policy: Readonly<Record<string, Policy>>;
}

export function twinValues(twin: Twin): TwinValues {
  const of = (section: Section | 'policy'): Readonly<Record<string, TwinValue>> => sectionOf(twin, section);
  const policy = of('policy') as Readonly<Record<string, Policy>>;
  return {
    device: twin.device,
    version: digestOf(twin),
    desired: of('desired'),
    reported: of('reported'),
    tags: of('tags'),
    policy,
  };
}

/** The values of one section. */
export function sectionOf(twin: Twin, section: Section | 'policy'): Readonly<Record<string, TwinValue>> {
  const prefix = `${section}.`;
  const values: [string, TwinValue][] = [];
  for (const path of Object.keys(twin.fields)
    .filter((one) => one.startsWith(prefix))
    .sort(byName)) {
    const { value } = effectiveOf(twin, path);
    if (value !== undefined) values.push([path.slice(prefix.length), value]);
  }
  // A field may have any name, also one that an object has already.
  return Object.fromEntries(values);
}

const byName = (one: string, other: string): number => (one < other ? -1 : 1);

/** Paths of the values, not of the policies, in which edits stand beside each other. */
export const crossedPaths = (twin: Twin): readonly string[] =>
  Object.keys(twin.fields).filter((path) => crossings(twin.fields[path]!).length > 0);

/** Of them those that wait for a person. */
export const parkedPaths = (twin: Twin): readonly string[] =>
  crossedPaths(twin).filter((path) => policyOf(twin, path) === 'manual' && effectiveOf(twin, path).parked);

export const isSection = (raw: unknown): raw is Section => sections.includes(raw as Section);
