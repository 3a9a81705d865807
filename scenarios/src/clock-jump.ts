import { seconds } from '@selvedge/kernel';
import { quality, type TimeCorrection } from '@selvedge/protocol';
import type { Machine, Violation } from '@selvedge/testkit';
import { between, coin, oneOf, spread, whole } from './cast/chance.ts';
import type { EdgeActor } from './cast/edge.ts';
import { correctionsIn, readingsIn } from './cast/journal-records.ts';
import { openSite, type Site } from './cast/site.ts';
import type { Known, Reckoning } from './cast/verdict.ts';
import type { Story } from './story.ts';

/** Milliseconds. */
const [second, minute, year] = [1_000, 60_000, 365 * 86_400_000];

/**
 * The wall clocks of edges, devices and the cloud jump, forward and back, by seconds or by a year; edges lose power in
 * between and come back with the wrong time. Nothing that was acknowledged may depend on what time it is, and of each
 * reading that was timed in doubt somebody says once whether its time was right.
 */
export const clockJump: Story = {
  name: 'clock-jump',
  about: 'wall clocks jump forward and back by up to a year, with power cuts and lost links in between',
  tell(seed, defect) {
    const duration = minute;
    const site = openSite({ seed, defect, edges: 2, devicesPerEdge: 1, duration, period: 5_400, commands: 2 });
    const { random, edges } = site;
    const cut = new Set<EdgeActor>();
    const machines = [...edges, ...edges, site.cloud].map((one) => one.machine);
    for (let i = whole(random, 1, 4); i > 0; i--) site.sometime(() => jump(site, oneOf(random, machines)));
    for (let i = whole(random, 0, 2); i > 0; i--) site.sometime(() => wakeUpWrong(site, oneOf(random, edges), cut));
    if (coin(random)) site.sometime(() => loseLink(site, oneOf(random, edges), between(random, second, minute / 2)));
    return site.finish(
      () => {
        for (const edge of edges) edge.boot();
        tellTime(site);
      },
      {
        async reckon(known) {
          // Devices reported after the last greeting too, to nodes whose clocks were still wrong.
          tellTime(site);
          await site.world.clock.sleep(seconds(30));
          return reckon(known, cut);
        },
      },
    );
  },
};

/** The next greeting tells each node what time it is. */
function tellTime(site: Site): void {
  for (const way of site.network.wires()) way.reset();
}

/**
 * Of what was journaled while a clock was in doubt one correction speaks, which the cloud has too. Only where the power went
 * in the meantime may it say that nobody knows.
 */
async function reckon({ cloud, edges }: Known, cut: ReadonlySet<EdgeActor>): Promise<Reckoning> {
  const violations: Violation[] = [];
  const untold = (what: string): void => void violations.push({ invariant: 'untold', what });
  for (const edge of edges) {
    const { name, node } = edge;
    if (!node) continue;
    const corrections = await all(correctionsIn(node.journal));
    const { epoch } = node.journal;
    const known = await cloud.store.registry.timeCorrections(name, 10_000);
    for (const { from, to, by } of corrections)
      if (by === null && !cut.has(edge))
        untold(`${name}: nobody knows of offsets ${from} to ${to - 1}, without reason`);
    for (const one of corrections)
      if (!known.some((other) => other.epoch === epoch && isSame(one, other)))
        untold(`${name}: the cloud does not know that offsets ${one.from} to ${one.to - 1} were ${one.by} ms off`);
    for await (const { offset, quality: marks } of readingsIn(node.journal)) {
      if ((marks & quality.clockUnsure) === 0) continue;
      const told = corrections.filter(({ from, to }) => from <= offset && offset < to).length;
      if (told !== 1) untold(`${name}: ${told} corrections say whether the time at offset ${offset} was right`);
    }
  }
  return { violations };
}

const isSame = (one: TimeCorrection, other: TimeCorrection): boolean =>
  one.from === other.from && one.to === other.to && one.by === other.by && one.unknown === other.unknown;

async function all<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const found: Value[] = [];
  for await (const value of values) found.push(value);
  return found;
}

function jump(site: Site, machine: Machine): void {
  const { random } = site;
  const by = Math.round(spread(random, second, year)) * (coin(random) ? 1 : -1);
  site.blow('clock.jumped', { machine: machine.name, by });
  machine.jumpWall(by);
}

/** Loses power, comes back with another time as machines without a battery do, and often with nobody there to ask. */
function wakeUpWrong(site: Site, edge: EdgeActor, cut: Set<EdgeActor>): void {
  const { random } = site;
  if (!edge.machine.life) return;
  site.blow('edge.cut', { edge: edge.name });
  cut.add(edge);
  edge.cut();
  if (coin(random, 0.7)) jump(site, edge.machine);
  const back = spread(random, 100, 10 * second);
  if (coin(random)) loseLink(site, edge, back + between(random, 0, 10 * second));
  site.world.after(back, () => edge.boot());
}

function loseLink(site: Site, edge: EdgeActor, lasts: number): void {
  const wire = site.network.between(edge.name, 'cloud');
  site.blow('link.cut', { edge: edge.name, lasts });
  wire.cut();
  site.world.after(lasts, () => wire.heal());
}
