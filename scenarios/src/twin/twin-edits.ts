import type { TwinEventView, TwinView } from '@selvedge/cloud';
import { type Random, seconds } from '@selvedge/kernel';
import type { TwinValues } from '@selvedge/protocol';
import { nothingDoubled, type Violation } from '@selvedge/testkit';
import { between, coin, oneOf, spread, whole } from '../cast/chance.ts';
import type { Defect } from '../defects/defect.ts';
import type { Outcome, Story } from '../story.ts';
import { device, type TwinSite, twinSite } from './twin-site.ts';

const year = 31_536_000_000;
const duration = 600_000;
const policies = ['latest', 'edge', 'cloud', 'min', 'max', 'manual'] as const;
const paths = ['desired.a', 'desired.b', 'tags.a'] as const;

/** An edit that was acknowledged. Values are never repeated, so that each names its edit. */
interface Edit {
  readonly path: string;
  readonly value: number;
}

/**
 * Cloud and edge edit the same twin for ten minutes, while the link is cut, either side loses power, and clocks jump by a
 * year. Afterwards all is mended, and both must say the same, know every acknowledged edit once, and obey the next one.
 */
export const twinEdits: Story = {
  name: 'twin-edits',
  about: 'cloud and edge edit one twin under every policy, with cut links, lost power and wrong clocks',
  tell,
};

async function tell(seed: number, defect?: Defect): Promise<Outcome> {
  const site = twinSite(seed, defect?.twin);
  const { box } = site;
  const random = box.chance('story');
  const acknowledged: Edit[] = [];
  let value = 0;
  let blows = 0;

  const attempt = (task: Promise<void>, edit: Edit): void =>
    void task.then(
      () => acknowledged.push(edit),
      () => undefined,
    );
  /** The power goes while the disk is still at it, or just afterwards. */
  const dieSoon = (): void => {
    blows += 1;
    box.after(between(random, 0, 12), site.cutEdge);
    box.after(5_000, site.boot);
  };
  const edit = (): void => {
    const one = { path: oneOf(random, paths), value: ++value };
    if (coin(random) && site.cloud) attempt(site.editInCloud(one.path, one.value), one);
    else if (site.edge) {
      attempt(site.editAtEdge(one.path, one.value), one);
      if (coin(random, 0.1)) dieSoon();
    }
  };
  const report = (): void => {
    const one = { path: 'reported.a', value: ++value };
    if (!site.edge) return;
    attempt(site.report(`twin/${device}/reported`, { a: one.value }), one);
    if (coin(random, 0.2)) dieSoon();
  };

  site.boot();
  await box.run(seconds(5));
  await meanwhile(site, site.report(`sensors/${device}/data`, { temperature: 20 }));
  await box.run(box.clock.ticks() + seconds(5));
  for (const section of ['desired', 'tags'])
    await meanwhile(site, site.editInCloud(`policy.${section}`, oneOf(random, policies)));
  for (let i = whole(random, 20, 60); i > 0; i--)
    box.after(between(random, 0, duration), coin(random, 0.8) ? edit : report);
  for (let i = whole(random, 2, 6); i > 0; i--)
    box.after(between(random, 0, duration), () => {
      blows += 1;
      blow(site, random);
    });
  await box.run(box.clock.ticks() + duration);
  await mend(site);
  const violations = (await meanwhile(site, judge(site, acknowledged))) ?? [];
  const history = (await meanwhile(site, site.cloud?.store.twins.history(device, { limit: 1_000 }))) ?? [];
  await meanwhile(site, site.close());
  const figures = {
    simulatedSeconds: Math.round(box.clock.ticks() / 1_000),
    moments: box.timeline.happened,
    reported: value,
    acknowledged: acknowledged.length,
    stored: history.filter(({ kind }) => kind === 'edit').length,
    blows,
  };
  box.note('told', { figures, violations });
  return { seed, violations, figures, digest: box.history.digest() };
}

/** Something that befalls the site, and passes. */
function blow(site: TwinSite, random: Random): void {
  const { box, wire } = site;
  const lasts = spread(random, 1_000, 200_000);
  switch (whole(random, 0, 5)) {
    case 0:
    case 1:
      wire.cut();
      box.after(lasts, () => wire.heal());
      break;
    case 2:
      wire.reset();
      break;
    case 3:
      site.cutEdge();
      box.after(lasts / 10, () => site.boot());
      break;
    case 4:
      site.cutCloud();
      box.after(lasts / 10 + 1_000, () => site.boot());
      break;
    default: {
      const machine = coin(random) ? site.edgeMachine : site.cloudMachine;
      const by = coin(random) ? year : -year;
      machine.jumpWall(by);
      box.after(lasts, () => machine.jumpWall(-by));
    }
  }
}

async function mend(site: TwinSite): Promise<void> {
  await site.box.run(site.box.clock.ticks() + 250_000);
  site.wire.heal();
  site.boot();
  // Two comparisons: one finds what differs, the next what had been on its way.
  await site.box.run(site.box.clock.ticks() + 200_000);
}

async function judge(site: TwinSite, acknowledged: readonly Edit[]): Promise<readonly Violation[]> {
  const violations: Violation[] = [];
  const broken = (invariant: Violation['invariant'], what: string): void => void violations.push({ invariant, what });
  if (!site.edge || !site.cloud) return [{ invariant: 'unsettled', what: 'a side did not come back' }];
  const { twins } = site.cloud.store;
  await site.cloud!.store.projections.catchUp();
  const there = await twins.find(device);
  const here = site.edge!.twins.find(device);
  if (!isSame(here, there)) broken('apart', `the edge says ${text(here)}, the cloud ${text(there)}`);
  if (there!.pending.length > 0) broken('apart', `${there!.pending.join()} are not confirmed`);
  const history = await twins.history(device, { limit: 1_000 });
  for (const { path, value } of acknowledged) {
    const told = history.filter((one) => one.kind === 'edit' && one.path === path && one.writes[0]!.value === value);
    if (told.length === 0) broken('lost', `${path} = ${value} was acknowledged and is not in the history`);
    if (told.length > 1) broken('doubled', `${path} = ${value} is ${told.length} times in the history`);
  }
  const conflicts = history.filter(({ kind }) => kind === 'conflict');
  for (const event of conflicts) judgeConflict(event, history, broken);
  const crossings = conflicts.map(({ path, writes }) => ({
    name: `${path}: ${writes.map(({ value }) => value).sort()}`,
  }));
  violations.push(...nothingDoubled(crossings.map((one) => ({ ...one, content: '' }))));
  // A clock that was wrong has led nobody astray: whoever has seen all is obeyed.
  for (const path of paths) await site.editInCloud(path, -1);
  await site.box.clock.sleep(seconds(10));
  const obeyed = site.edge!.twins.find(device);
  if (obeyed?.desired['a'] !== -1 || obeyed.desired['b'] !== -1 || obeyed.tags['a'] !== -1)
    broken('apart', `after a new edit the edge says ${text(obeyed)}`);
  return violations;
}

function judgeConflict(
  event: TwinEventView,
  history: readonly TwinEventView[],
  broken: (invariant: Violation['invariant'], what: string) => void,
): void {
  const [one, other] = event.writes;
  if (one!.side === other!.side) broken('untold', `${event.path}: two edits of one side cannot cross`);
  for (const write of event.writes) {
    const told = history.some(
      ({ kind, path, writes }) => kind === 'edit' && path === event.path && writes[0]!.value === write.value,
    );
    if (!told) broken('untold', `${event.path}: ${write.value} crossed, and was never made`);
  }
}

const isSame = (here: TwinValues | undefined, there: TwinView | undefined): boolean =>
  text(here) === text(there) && here?.version === there?.version;

const text = (twin: TwinValues | undefined): string =>
  twin ? JSON.stringify([twin.desired, twin.reported, twin.tags, twin.policy]) : 'nothing';

/** Lets time pass until the task is done. */
async function meanwhile<Value>({ box }: TwinSite, begun: Promise<Value> | undefined): Promise<Value | undefined> {
  const task = Promise.resolve(begun);
  let isOver = false;
  const over = (): void => {
    isOver = true;
  };
  task.then(over, over);
  while (!isOver) await box.run(box.clock.ticks() + 100);
  return task;
}
