import { isDeepStrictEqual } from 'node:util';
import type { TwinWriteView } from '@selvedge/cloud';
import { type Policy, policies } from '@selvedge/protocol';

/** A policy that somebody sets, or none: then `latest` holds. */
export const drawnPolicies: readonly (Policy | 'none')[] = [...policies, 'none'];

/** What a field says about edits that crossed. */
export interface Crossing {
  readonly path: string;
  readonly writes: readonly TwinWriteView[];
  readonly says: unknown;
  readonly parked: boolean;
}

/**
 * What a policy promises of two edits that crossed, each in its own words and none by the product's code [TWN-8] [TWN-9].
 * Gives what does not hold.
 */
export function breachOf(policy: Policy | 'none', { path, writes, says, parked }: Crossing): string | undefined {
  const breach = (law: string): string =>
    `${path}: by ${policy}, of ${writes.map(({ side, value }) => `${side} ${JSON.stringify(value)}`).join(' and ')} ${law}, and it says ${JSON.stringify(says)}`;
  if (parked !== (policy === 'manual')) return breach(parked ? 'a person is waited for' : 'no person is asked');
  const law = laws[policy];
  return law(says, writes) ? undefined : breach('another should count');
}

type Law = (says: unknown, writes: readonly TwinWriteView[]) => boolean;

const isOf = (side: 'edge' | 'cloud'): Law => {
  return (says, writes) => writes.some((one) => one.side === side && isDeepStrictEqual(one.value, says));
};

const isLatest: Law = (says, writes) => {
  const last = Math.max(...writes.map(({ at }) => at));
  return writes.some(({ at, value }) => at === last && isDeepStrictEqual(value, says));
};

const laws: { readonly [Name in Policy | 'none']: Law } = {
  none: isLatest,
  latest: isLatest,
  edge: isOf('edge'),
  cloud: isOf('cloud'),
  min: (says, writes) => says === Math.min(...writes.map(({ value }) => Number(value))),
  max: (says, writes) => says === Math.max(...writes.map(({ value }) => Number(value))),
  union(says, writes) {
    const members = new Set(writes.flatMap(({ value }) => value as readonly number[]));
    return Array.isArray(says) && says.length === members.size && says.every((one) => members.has(one));
  },
  // What was last agreed on is neither of them.
  manual: (says, writes) => writes.every(({ value }) => !isDeepStrictEqual(value, says)),
};
