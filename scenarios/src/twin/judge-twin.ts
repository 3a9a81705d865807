import type { TwinEventView, TwinView } from '@selvedge/cloud';
import { seconds } from '@selvedge/kernel';
import type { Policy, TwinValues } from '@selvedge/protocol';
import { nothingDoubled, type Violation } from '@selvedge/testkit';
import type { Site } from '../cast/site.ts';
import type { Reckoning } from '../cast/verdict.ts';
import { device, editInCloud, type FieldEdit } from './edit.ts';
import { breachOf } from './policy-laws.ts';

/** What a telling did to the twin. */
export interface TwinAccount {
  readonly acknowledged: FieldEdit[];
  /** Values that were given so far. */
  made: number;
  readonly policy: Readonly<Record<'desired' | 'tags', Policy | 'none'>>;
}

type Broken = (invariant: Violation['invariant'], what: string) => void;

/** Holds both sides against each other, against what was acknowledged, and against the laws of the policies. */
export async function judgeTwin(site: Site, account: TwinAccount): Promise<Reckoning> {
  const violations: Violation[] = [];
  const broken: Broken = (invariant, what) => void violations.push({ invariant, what });
  const { node } = site.edges[0]!;
  const { twins, projections } = site.cloud.store;
  await projections.catchUp();
  const there = await twins.find(device);
  if (!node || !there) return { violations: [{ invariant: 'unsettled', what: 'a side did not come back' }] };
  const here = node.twins.find(device);
  if (!isSame(here, there)) broken('apart', `the edge says ${text(here)}, the cloud ${text(there)}`);
  if (there.pending.length > 0) broken('apart', `${there.pending.join()} are not confirmed`);
  const history = await twins.history(device, { limit: 1_000 });
  judgeEdits(account.acknowledged, history, broken);
  judgeConflicts(there, history, account.policy, broken);
  await obeyTheLast(site, account, broken);
  const stored = history.filter(({ kind }) => kind === 'edit').length;
  return { violations, figures: { reported: account.made, acknowledged: account.acknowledged.length, stored } };
}

function judgeEdits(acknowledged: readonly FieldEdit[], history: readonly TwinEventView[], broken: Broken): void {
  for (const { path, value } of acknowledged) {
    const times = timesMade(history, path, value);
    if (times === 0) broken('lost', `${path} = ${value} was acknowledged and is not in the history`);
    if (times > 1) broken('doubled', `${path} = ${value} is ${times} times in the history`);
  }
}

function judgeConflicts(
  { conflicts }: TwinView,
  history: readonly TwinEventView[],
  policy: TwinAccount['policy'],
  broken: Broken,
): void {
  const told = history.filter(({ kind }) => kind === 'conflict');
  for (const { path, writes } of told) {
    const [one, other] = writes;
    if (one!.side === other!.side) broken('untold', `${path}: two edits of one side cannot cross`);
    for (const { value } of writes)
      if (timesMade(history, path, value) === 0) broken('untold', `${path}: ${value} crossed, and was never made`);
  }
  const names = told.map(({ path, writes }) => `${path}: ${writes.map(({ value }) => JSON.stringify(value)).sort()}`);
  for (const { what } of nothingDoubled(names.map((name) => ({ name, content: '' })))) broken('doubled', what);
  const crossings = [...told.map((one) => ({ ...one, says: one.after })), ...conflicts];
  for (const crossing of crossings) {
    const section = crossing.path.split('.')[0] as keyof TwinAccount['policy'] | 'reported';
    // Only the device says what it reports, so nothing can cross there.
    const breach = section === 'reported' ? `${crossing.path} crossed` : breachOf(policy[section], crossing);
    if (breach !== undefined) broken('altered', breach);
  }
}

/** A clock that was wrong has led nobody astray: whoever has seen all is obeyed. */
async function obeyTheLast(site: Site, { policy }: TwinAccount, broken: Broken): Promise<void> {
  const last = (section: 'desired' | 'tags'): unknown => (policy[section] === 'union' ? [-1] : -1);
  const edits = [
    { path: 'desired.a', value: last('desired') },
    { path: 'desired.b', value: last('desired') },
    { path: 'tags.a', value: last('tags') },
  ];
  for (const edit of edits) await editInCloud(site, edit);
  await site.world.clock.sleep(seconds(10));
  const obeyed = site.edges[0]!.node?.twins.find(device);
  const says = JSON.stringify([obeyed?.desired['a'], obeyed?.desired['b'], obeyed?.tags['a']]);
  if (says !== JSON.stringify(edits.map(({ value }) => value)))
    broken('apart', `after a new edit the edge says ${text(obeyed)}`);
}

const timesMade = (history: readonly TwinEventView[], path: string, value: unknown): number =>
  history.filter(
    (one) => one.kind === 'edit' && one.path === path && JSON.stringify(one.writes[0]!.value) === JSON.stringify(value),
  ).length;

const isSame = (here: TwinValues | undefined, there: TwinView | undefined): boolean =>
  text(here) === text(there) && here?.version === there?.version;

const text = (twin: TwinValues | undefined): string =>
  twin ? JSON.stringify([twin.desired, twin.reported, twin.tags, twin.policy]) : 'nothing';
