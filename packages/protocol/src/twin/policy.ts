import type { Value } from '../reading.ts';
import { type Base, type Field, noField, type Write } from './field.ts';
import { compareStamps } from './stamp.ts';
import type { Owner, Twin } from './twin.ts';
import type { TwinValue } from './value.ts';

/**
 * What counts when edits of a field crossed: the latest by its stamp, that of the edge, that of the cloud, the smallest or
 * greatest number, all members of both lists, or nothing until a person decides.
 */
export const policies = ['latest', 'edge', 'cloud', 'min', 'max', 'union', 'manual'] as const;
export type Policy = (typeof policies)[number];

/** What a field says now. */
export interface Effective {
  /** Absent: it is deleted, or was never set. */
  readonly value?: TwinValue;
  /** Edits crossed and a person has to decide; `value` is what was last agreed on. */
  readonly parked: boolean;
}

/** The policy of a field: its own, else that of the nearest path above it, else `latest`. */
export function policyOf(twin: Pick<Twin, 'fields'>, path: string): Policy {
  if (path.startsWith('policy.')) return 'latest';
  for (let above = path; above !== ''; above = above.slice(0, Math.max(0, above.lastIndexOf('.')))) {
    const { writes } = twin.fields[`policy.${above}`] ?? noField;
    const named = writes.length === 0 ? undefined : latest(writes).value;
    if (isPolicy(named)) return named;
  }
  return 'latest';
}

export const isPolicy = (raw: unknown): raw is Policy => policies.includes(raw as Policy);

/** Whether a policy can decide between such values; `union` needs lists, `min` and `max` numbers. */
export function suits(policy: Policy, value: TwinValue | undefined): boolean {
  if (value === undefined) return true;
  if (policy === 'min' || policy === 'max') return typeof value === 'number';
  return policy !== 'union' || Array.isArray(value);
}

/** What a field of a twin says. A function of what both sides know, so both say the same. */
export const effectiveOf = (twin: Pick<Twin, 'fields' | 'owner'>, path: string): Effective =>
  resolve(twin.fields[path] ?? noField, policyOf(twin, path), twin.owner);

export function resolve(field: Field, policy: Policy, owner: Owner): Effective {
  const writes = ofOwner(field.writes, owner);
  if (writes.length === 0) return { parked: false };
  if (writes.length === 1) return said(writes[0]!.value, false);
  switch (policy) {
    case 'latest':
      return said(latest(writes).value, false);
    case 'edge':
      return said(latest(preferred(writes, (write) => write.replica !== cloudReplica)).value, false);
    case 'cloud':
      return said(latest(preferred(writes, (write) => write.replica === cloudReplica)).value, false);
    case 'min':
    case 'max':
      return said(extreme(writes, policy), false);
    case 'union':
      return said(union(writes), false);
    case 'manual':
      return said(agreed(writes)?.value, true);
  }
}

/** The replica that the cloud writes as. */
export const cloudReplica = 'cloud';

export const latest = (writes: readonly Write[]): Write =>
  writes.reduce((best, one) => (compareWrites(one, best) > 0 ? one : best));

/** The newest value that the writers knew both sides to have. */
export function agreed(writes: readonly Write[]): Base | undefined {
  const bases = writes.flatMap(({ base }) => (base ? [base] : []));
  const order = (one: Base, other: Base): number =>
    compareStamps(one.stamp, other.stamp) || (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);
  return bases.length === 0 ? undefined : bases.reduce((best, one) => (order(one, best) > 0 ? one : best));
}

const compareWrites = (one: Write, other: Write): number =>
  compareStamps(one.stamp, other.stamp) || (one.replica < other.replica ? -1 : 1);

/** A device is at one node: what another node wrote does not count against what its owner wrote. */
function ofOwner(writes: readonly Write[], { node }: Owner): readonly Write[] {
  const isOwned = ({ replica }: Write): boolean => replica.startsWith(`${node}/`);
  return writes.some(isOwned) ? writes.filter((one) => one.replica === cloudReplica || isOwned(one)) : writes;
}

const preferred = (writes: readonly Write[], isMeant: (write: Write) => boolean): readonly Write[] =>
  writes.some(isMeant) ? writes.filter(isMeant) : writes;

/** Deletions give way to numbers; where something is no number, the latest counts. */
function extreme(writes: readonly Write[], policy: 'min' | 'max'): TwinValue | undefined {
  const set = writes.filter(({ value }) => value !== undefined);
  const numbers = set.flatMap(({ value }) => (typeof value === 'number' ? [value] : []));
  if (numbers.length === 0 || numbers.length < set.length) return latest(writes).value;
  return policy === 'min' ? Math.min(...numbers) : Math.max(...numbers);
}

/** In the order in which they were written, each member once; a single value is a list of one. */
function union(writes: readonly Write[]): TwinValue | undefined {
  const set = [...writes].sort(compareWrites).filter(({ value }) => value !== undefined);
  if (set.length === 0) return undefined;
  const members = set.flatMap(({ value }): readonly Value[] => (Array.isArray(value) ? value : [value as Value]));
  return [...new Set(members)];
}

const said = (value: TwinValue | undefined, parked: boolean): Effective =>
  value === undefined ? { parked } : { value, parked };
