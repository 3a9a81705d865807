import type { SagaEventView, SagaView } from '@selvedge/cloud';
import type { Violation } from '@selvedge/testkit';
import type { Site } from '../cast/site.ts';
import type { Reckoning } from '../cast/verdict.ts';
import { type DrawnSaga, device, node, type Way } from './draw-saga.ts';

/** What the device did of a command of the saga. */
export interface Act {
  readonly id: string;
  readonly step: number;
  readonly way: Way;
  /** Milliseconds since the Unix epoch; no clock jumps in this story. */
  readonly at: number;
  isDone: boolean;
}

/** Something that a step had done out there. */
type Effect = Pick<Act, 'step' | 'way' | 'at' | 'isDone'>;

type Broken = (invariant: Violation['invariant'], what: string) => void;

/** Holds what the saga says of itself against what was done at the device, to the twin and to the node. */
export async function judgeSaga(site: Site, { id }: DrawnSaga, acts: readonly Act[]): Promise<Reckoning> {
  const violations: Violation[] = [];
  const broken: Broken = (invariant, what) => void violations.push({ invariant, what });
  const { store } = site.cloud;
  await store.projections.catchUp();
  const isOrdered = (command: string): boolean => command.startsWith(`saga-${id}-`);
  const saga = await store.sagas.find(id);
  if (!saga) return { isOrdered, violations: [{ invariant: 'lost', what: 'the saga is not there' }] };
  const history = [...(await store.sagas.history(id, 10_000))].reverse();
  const effects = [...acts, ...(await edits(site)), ...(await versions(site, id))].sort(byTime);
  if (saga.status !== 'done' && saga.status !== 'undone')
    broken('unsettled', `the saga is ${saga.status}: ${saga.why ?? 'nobody says why'}`);
  judgeCounts(saga, history, effects, broken);
  judgeOrder(effects, broken);
  judgeEnd(saga, effects, broken);
  judgeHistory(saga, history, broken);
  judgeSettings(saga, effects, site, broken);
  return { violations, isOrdered };
}

/** Each attempt that the history tells of was made at most once, and no other. */
function judgeCounts(
  { steps }: SagaView,
  history: readonly SagaEventView[],
  effects: readonly Effect[],
  broken: Broken,
): void {
  for (const [step, { name }] of steps.entries())
    for (const way of ['do', 'undo'] as const) {
      const times = of(effects, step, way).length;
      const attempts = attemptsOf(history, step, way);
      if (times > 0 && attempts === 0)
        broken('untold', `${name}, ${way}: it was done, and the history has no word of it`);
      else if (times > attempts) broken('run twice', `${name}, ${way}: ${times} times in ${attempts} attempts`);
    }
}

function attemptsOf(history: readonly SagaEventView[], step: number, way: Way): number {
  const turned = history.findIndex(({ what }) => what === 'goes back');
  const own = (what: string): number =>
    history.filter(
      (one, at) => one.step === step && one.what === what && (turned >= 0 && at > turned) === (way === 'undo'),
    ).length;
  return own(way === 'do' ? 'doing' : 'undoing') + own('failed, again later') + (way === 'undo' ? own('stuck') : 0);
}

/** Forward in order, back in reverse, and nothing forward once something was undone. */
function judgeOrder(effects: readonly Effect[], broken: Broken): void {
  let last: Effect | undefined;
  for (const one of effects) {
    const isAfter =
      !last ||
      (one.way === last.way ? (one.way === 'do' ? one.step >= last.step : one.step <= last.step) : one.way === 'undo');
    if (!isAfter)
      broken('out of order', `${one.way} of step ${one.step} came after ${last!.way} of step ${last!.step}`);
    last = one;
  }
}

/** What is done is done as a whole; what is undone has left nothing behind. */
function judgeEnd({ status, steps }: SagaView, effects: readonly Effect[], broken: Broken): void {
  for (const [step, { name, undo }] of steps.entries()) {
    const did = of(effects, step, 'do');
    const undid = of(effects, step, 'undo');
    if (status === 'done' && !did.some(({ isDone }) => isDone)) broken('lost', `${name} is said to be done`);
    if (status === 'done' && undid.length > 0) broken('unheard-of', `${name} was undone in a saga that is done`);
    const needsUndo = did.length > 0 && undo !== null && (undo.kind !== 'restore' || did.some(({ isDone }) => isDone));
    if (status === 'undone' && needsUndo && !undid.some(({ isDone }) => isDone))
      broken('lost', `${name} was not undone`);
  }
}

/** Every step begins before it ends, and what the history says last is how the saga is. */
function judgeHistory({ status, steps }: SagaView, history: readonly SagaEventView[], broken: Broken): void {
  const ending = history.at(-1)?.what;
  if (status !== 'running' && ending !== ({ done: 'finished', undone: 'undone', stuck: 'stuck' } as const)[status])
    broken('untold', `the saga is ${status}, and its history ends with ${ending}`);
  for (const [step, { name, phase }] of steps.entries()) {
    const told = history.filter((one) => one.step === step).map(({ what }) => what);
    const isInOrder = (beginning: string, end: string): boolean =>
      !told.includes(end) || (told.includes(beginning) && told.indexOf(beginning) < told.indexOf(end));
    // What was not begun in time is stuck at once, and is begun when a person has it tried again.
    if (!isInOrder('doing', 'done') || !(isInOrder('undoing', 'undone') || isInOrder('stuck', 'undone')))
      broken('untold', `${name} ended and never began: ${told.join(', ')}`);
    const isTold = phase === 'waiting' ? told.length === 0 : told.length > 0;
    if (!isTold) broken('untold', `${name} is ${phase}, and the history says ${told.join(', ') || 'nothing'}`);
  }
}

/** The node runs with the settings of the last step that configured it and was not taken back. */
function judgeSettings({ status, steps }: SagaView, effects: readonly Effect[], site: Site, broken: Broken): void {
  const periods = [60_000];
  for (const [step, { do: action }] of steps.entries())
    if (action.kind === 'configure' && of(effects, step, 'do').some(({ isDone }) => isDone))
      periods.push(Number.parseInt((action.settings as { window: { period: string } }).window.period, 10) * 1_000);
  const isKept = status === 'done' || steps.some(({ do: { kind }, undo }) => kind === 'configure' && undo === null);
  const meant = isKept ? periods : periods.slice(0, 1);
  const runs = site.edges[0]!.configured?.settings.window.period;
  if (!meant.includes(runs!) || (status === 'done' && runs !== periods.at(-1)))
    broken('apart', `the node runs with ${runs} ms, and should with ${meant.join(' or ')}`);
}

async function edits({ cloud }: Site): Promise<readonly Effect[]> {
  const history = await cloud.store.twins.history(device, { limit: 1_000 });
  return history.flatMap(({ kind, path, writes, at }) => {
    const step = /^tags\.step(\d+)$/.exec(path)?.[1];
    const way = writes[0]?.value;
    return kind === 'edit' && step && (way === 'do' || way === 'undo')
      ? [{ step: Number(step), way, at, isDone: true }]
      : [];
  });
}

async function versions({ cloud }: Site, id: string): Promise<readonly Effect[]> {
  const history = await cloud.store.configurations.history(node, { limit: 1_000 });
  return history.flatMap(({ by, about, proposedAt, phase }) => {
    const [, step, way] = /-(\d+)-(do|undo)-\d+$/.exec(about ?? '') ?? [];
    if (by !== `saga:${id}` || step === undefined) return [];
    return [{ step: Number(step), way: way as Way, at: proposedAt, isDone: phase === 'confirmed' }];
  });
}

const of = (effects: readonly Effect[], step: number, way: Way): readonly Effect[] =>
  effects.filter((one) => one.step === step && one.way === way);

/** What is as old as something else stands as it should. */
const byTime = (one: Effect, other: Effect): number =>
  one.at - other.at ||
  (one.way === other.way ? (one.step - other.step) * (one.way === 'do' ? 1 : -1) : one.way === 'do' ? -1 : 1);
