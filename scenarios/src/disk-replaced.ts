import { type Journal, journal as journalOf } from '@selvedge/journal';
import type { Interval } from '@selvedge/protocol';
import type { SimulatedDisk, Violation } from '@selvedge/testkit';
import { journalOptions } from '../../edge/src/config.ts';
import { between, coin, spread } from './cast/chance.ts';
import type { EdgeActor } from './cast/edge.ts';
import { readingsIn } from './cast/journal-records.ts';
import { openSite, type Site } from './cast/site.ts';
import type { Reckoning } from './cast/verdict.ts';
import type { Story } from './story.ts';

/** Milliseconds. */
const second = 1_000;

interface Gone {
  readonly disk: SimulatedDisk;
  readonly epoch: string;
}

/**
 * Somebody puts an empty disk into an edge. The node begins a new epoch, ships from its beginning, and knows its devices
 * anew. Only what lay on the old disk and had not been shipped may be missing.
 */
export const diskReplaced: Story = {
  name: 'disk-replaced',
  about: 'an edge gets an empty disk and begins a new epoch; only what was not shipped of the old one is gone',
  tell(seed, defect) {
    const duration = 45 * second;
    const site = openSite({ seed, defect, edges: 1, devicesPerEdge: 2, duration, period: 3_600, commands: 2 });
    const { random, world, network } = site;
    const edge = site.edges[0]!;
    const gone: Gone[] = [];
    const replace = (): void => {
      const epoch = edge.node?.journal.epoch;
      if (epoch === undefined) return;
      site.blow('disk.replaced', { epoch });
      edge.cut();
      gone.push({ epoch, disk: edge.changeDisk(site.freshDisk(`another of ${edge.name}, ${gone.length}`)) });
      world.after(spread(random, 100, 10 * second), () => edge.boot());
    };
    for (let i = coin(random, 0.3) ? 2 : 1; i > 0; i--) {
      const at = between(random, 0.3, 0.9) * duration;
      if (coin(random))
        world.after(at - spread(random, 100, 10 * second), () => network.between(edge.name, 'cloud').cut());
      world.after(at, replace);
    }
    return site.finish(() => edge.boot(), { reckon: () => reckon(site, edge, gone) });
  },
};

async function reckon(site: Site, edge: EdgeActor, gone: readonly Gone[]): Promise<Reckoning> {
  const excused = new Set<string>();
  const violations: Violation[] = [];
  for (const { disk, epoch } of gone) {
    if (edge.node?.journal.epoch === epoch)
      violations.push({ invariant: 'untold', what: `epoch ${epoch} goes on, on another disk` });
    const shipped = await site.cloud.acknowledged(edge.name, epoch);
    const journal = await openOld(site, edge, disk);
    for await (const { device, values, offset } of readingsIn(journal))
      if (!holds(shipped, offset)) excused.add(`${device} #${String(values['n'])}`);
    await journal.stop();
  }
  return { violations, excuses: ({ device, n }) => excused.has(`${device} #${n}`) };
}

/** The journal of a disk that is in a drawer by now, read on another machine. */
async function openOld(site: Site, edge: EdgeActor, disk: SimulatedDisk): Promise<Journal> {
  const journal = journalOf(journalOptions(edge.config), {
    ...site.world.machine('drawer').boot(),
    disk: disk.mount(),
  });
  await journal.start(new AbortController().signal);
  return journal;
}

const holds = (all: readonly Interval[], offset: number): boolean =>
  all.some(([from, to]) => from <= offset && offset < to);
