import { seeded } from '@selvedge/kernel';
import type { Violation } from '@selvedge/testkit';
import { between, coin, oneOf, spread, whole } from './cast/chance.ts';
import { keepsNothing, openSite } from './cast/site.ts';
import type { Known, Reckoning } from './cast/verdict.ts';
import type { Story } from './story.ts';

/** Milliseconds. */
const [second, minute, hour] = [1_000, 60_000, 3_600_000];

/** Whether the edges keep what they have shipped for longer than the backup is old. */
const keeping = { long: '25h', none: '0s' } as const;

/**
 * The cloud loses its database and comes back with a backup. In most tellings the edges have kept what they had shipped
 * since then, and fill it up: no gap, nothing twice. In the others they have let it go: then the audit must name the gap.
 */
export const cloudRestored: Story = {
  name: 'cloud-restored',
  about: 'the cloud comes back with a backup of up to 24 h ago: edges fill it up, or the gap is named',
  tell(seed, defect) {
    const draw = seeded(seed);
    const keep = coin(draw, 0.75) ? 'long' : 'none';
    const age = ageOf(seed, draw.next());
    const duration = age + 2 * minute;
    const site = openSite({
      ...{ seed, defect, edges: 2, devicesPerEdge: 1, duration, commands: 2 },
      period: duration / 14,
      settings: { ...keepsNothing, 'journal.keep': keeping[keep] },
    });
    const { random, world, cloud, edges } = site;
    world.after(between(random, 10 * second, minute), () => {
      const backup = cloud.backUp();
      site.blow('cloud.backed_up');
      world.after(age, () => {
        site.blow('cloud.restored', { age });
        cloud.cut();
        cloud.restore(backup);
        world.after(spread(random, 100, 20 * second), () => cloud.boot());
      });
    });
    for (let i = whole(random, 0, 2); i > 0; i--)
      site.sometime(() => {
        const edge = oneOf(random, edges);
        site.blow('edge.cut', { edge: edge.name });
        edge.cut();
        world.after(spread(random, 100, 10 * second), () => edge.boot());
      });
    return site.finish(
      () => {
        cloud.boot();
        for (const edge of edges) edge.boot();
      },
      keep === 'long' ? {} : { reckon: (about) => namedGaps(about) },
    );
  },
};

/** Long ages are rarer, because they take long to tell. */
const ageOf = (seed: number, chance: number): number => {
  if (seed % 250 === 0) return 24 * hour;
  const [least, most] = seed % 25 === 0 ? [10 * minute, 6 * hour] : [second, 5 * minute];
  return least * (most / least) ** chance;
};

/** What is gone is gone; but each node that lacks readings has a finding which says how many offsets are missing. */
async function namedGaps({ edges, devices, findings, stored }: Known): Promise<Reckoning> {
  const names = new Set(stored.map(({ device, values }) => `${device} #${String(values['n'])}`));
  const violations: Violation[] = [];
  for (const { name } of edges) {
    const own = devices.filter(({ edge }) => edge === name).flatMap(({ meant }) => meant);
    const gone = own.filter((one) => one.outcome === 'acknowledged' && !names.has(`${one.device} #${one.n}`));
    const named = findings.filter((one) => one.node === name && one.code === 'OFFSETS_MISSING');
    const count = named.reduce((sum, { message }) => sum + Number.parseInt(message, 10), 0);
    if (gone.length > count)
      violations.push({ invariant: 'untold', what: `${name}: ${gone.length} readings are gone, ${count} are named` });
  }
  return { violations, excuses: () => true, expects: ({ code }) => gapCodes.includes(code) };
}

const gapCodes: readonly string[] = ['OFFSETS_MISSING', 'READINGS_MISSING'];
