import {
  type ConfigurationChange,
  type ConfigurationFrame,
  type ConfigurationName,
  type ConfigurationPhase,
  type ConfiguredFrame,
  configurationName,
  highestVersionOf,
  isSameConfiguration,
  type Settings,
} from '@selvedge/protocol';
import type { ConfigurationVersionView } from '../../ports.ts';

/** A version that was just proposed. */
export const proposedVersion = (
  node: string,
  version: number,
  proposal: { readonly settings: Settings; readonly by: string; readonly about?: string },
  now: number,
): ConfigurationVersionView => ({
  ...configurationName({ version, settings: proposal.settings }),
  node,
  phase: 'proposed',
  why: null,
  by: proposal.by,
  about: proposal.about ?? null,
  proposedAt: now,
  preparedAt: null,
  appliedAt: null,
  endedAt: null,
  settings: proposal.settings,
});

/**
 * A node has said what it did with a version. Repeated or late, it changes nothing. A version that this cloud does not
 * know, because it was restored from a backup, is learnt; one that has another content here stays as it is.
 */
export function changeArrived(
  before: ConfigurationVersionView | undefined,
  change: ConfigurationChange,
  node: string,
): ConfigurationVersionView {
  const there = before ?? learntVersion(change, node);
  if (!isSameConfiguration(there, change)) return there;
  const known = there.settings === null && change.settings ? { ...there, settings: change.settings } : there;
  if (order.indexOf(change.phase) <= order.indexOf(there.phase)) return known;
  const { phase, at } = change;
  return {
    ...known,
    phase,
    why: change.why ?? null,
    preparedAt: phase === 'refused' ? known.preparedAt : (known.preparedAt ?? at),
    appliedAt: phase === 'prepared' || phase === 'refused' ? known.appliedAt : (known.appliedAt ?? at),
    endedAt: phase === 'prepared' || phase === 'applied' ? known.endedAt : at,
  };
}

/** A newer version came before this one was applied; what the node says of it afterwards counts all the same. */
export const supersede = (before: ConfigurationVersionView, why: string, now: number): ConfigurationVersionView =>
  isWaiting(before.phase) ? { ...before, phase: 'superseded', why, endedAt: now } : before;

/** What a node says that it holds, as changes. */
export function changesIn({ good, trial, ended }: ConfiguredFrame, now: number): readonly ConfigurationChange[] {
  const all: ConfigurationChange[] = [];
  if (good.version > 0) all.push({ ...good, phase: 'confirmed', at: now });
  if (trial) all.push({ ...trial, at: now });
  if (ended) all.push({ ...ended, at: now });
  return all;
}

/**
 * What to say to a node: to prepare what is wanted, or to apply what it has prepared. `stale` says that the node has
 * been given the number for something else before, so that what is wanted needs a new one.
 */
export function answerTo(
  said: ConfiguredFrame,
  wanted: ConfigurationVersionView | undefined,
): ConfigurationFrame | 'stale' | undefined {
  if (!wanted || wanted.settings === null) return undefined;
  const { version, digest, settings } = wanted;
  if (isSameConfiguration(said.trial, wanted))
    return said.trial!.phase === 'prepared' ? { kind: 'apply', version, digest } : undefined;
  if (version > highestVersionOf(said))
    // What is on trial ends first, and the node says so.
    return said.trial?.phase === 'applied' ? undefined : { kind: 'prepare', version, settings };
  return isWaiting(wanted.phase) && !holds(said, wanted) ? 'stale' : undefined;
}

/** Whether nothing has been done with a version so far that could not be left. */
export const isWaiting = (phase: ConfigurationPhase): boolean => phase === 'proposed' || phase === 'prepared';

/** From first to last. What was good may still be returned, when the node's program cannot use it any more. */
const order: readonly ConfigurationPhase[] = [
  'proposed',
  'prepared',
  'superseded',
  'applied',
  'confirmed',
  'refused',
  'returned',
];

const holds = ({ good, ended }: ConfiguredFrame, name: ConfigurationName): boolean =>
  isSameConfiguration(good, name) || isSameConfiguration(ended, name);

const learntVersion = (
  { version, digest, settings, at }: ConfigurationChange,
  node: string,
): ConfigurationVersionView => ({
  ...{ node, version, digest },
  phase: 'proposed',
  why: null,
  by: 'unknown',
  about: null,
  proposedAt: at,
  ...{ preparedAt: null, appliedAt: null, endedAt: null },
  settings: settings ?? null,
});
