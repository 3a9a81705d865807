import type { Violation } from '@selvedge/testkit';
import { between, coin, oneOf, spread, whole } from './cast/chance.ts';
import type { EdgeActor } from './cast/edge.ts';
import { readingsIn } from './cast/journal-records.ts';
import { openSite, type Site } from './cast/site.ts';
import type { Known, Reckoning } from './cast/verdict.ts';
import type { Story } from './story.ts';

/** Milliseconds. */
const second = 1_000;

/** Journals keep everything, in many segments. */
const settings = { 'journal.keep': '1h', 'journal.segmentSize': '4KiB' };

/** Where a reading stood before its disk began to rot. */
type Places = Map<string, number>;

/**
 * The edge's disk rots: bits of segments flip, and segments lose their end, while the node runs or while it has no power.
 * What can no longer be read must be noticed, set aside and named by its offsets; everything else goes on to the cloud.
 */
export const damagedSegments: Story = {
  name: 'damaged-segments',
  about: 'bits of segments flip and segments lose their end: it is noticed, named, and nothing else is lost',
  tell(seed, defect) {
    const duration = 45 * second;
    const site = openSite({ seed, defect, edges: 1, devicesPerEdge: 2, duration, period: 3_600, settings });
    const { random, world, network } = site;
    const edge = site.edges[0]!;
    const places: Places = new Map();
    if (coin(random, 0.7)) {
      // What has not been shipped is in the greatest danger.
      const way = network.between(edge.name, 'cloud');
      world.after(between(random, 5 * second, 20 * second), () => way.cut());
    }
    for (let i = whole(random, 1, 3); i > 0; i--)
      world.after(between(random, 0.4, 0.95) * duration, () => void rot(site, edge, places));
    return site.finish(
      () => {
        edge.boot();
        // Nothing but an audit reads what nobody asks for.
        world.after(30 * second, () => void edge.node?.audit());
      },
      { reckon: (known) => reckon(known, edge, places) },
    );
  },
};

/** Damages one segment, then often starts the node anew. */
async function rot(site: Site, edge: EdgeActor, places: Places): Promise<void> {
  const { random, world } = site;
  if (!edge.node) return;
  // All that is durable must have been seen, or nobody can tell what was lost.
  for (let seen = -1; edge.node && seen !== edge.node.journal.head.offset; ) {
    seen = edge.node.journal.head.offset;
    for await (const { device, values, offset } of readingsIn(edge.node.journal))
      places.set(`${device} #${String(values['n'])}`, offset);
  }
  if (!edge.node) return;
  const goesDark = coin(random, 0.6);
  if (goesDark) {
    if (!edge.machine.life) return;
    site.blow('edge.cut', { edge: edge.name });
    edge.cut();
    world.after(spread(random, 100, 5 * second), () => edge.boot());
  }
  // The end of the last one cannot be told from a commit that a power cut tore: that is no promise of the journal.
  const segments = edge.disk
    .paths()
    .filter((path) => path.endsWith('.seg'))
    .slice(0, -1);
  if (segments.length === 0) return;
  const path = oneOf(random, segments);
  const bytes = edge.disk.content(path);
  if (goesDark && coin(random, 0.4)) edge.disk.put(path, bytes.subarray(0, whole(random, 0, bytes.length)));
  else for (let bits = whole(random, 1, 4); bits > 0; bits--) edge.disk.flip(path);
  site.blow('segment.damaged', { path, goesDark });
}

/** What is missing lay where the node names damage, and the audit says so. */
async function reckon({ findings }: Known, edge: EdgeActor, places: Places): Promise<Reckoning> {
  const violations: Violation[] = [];
  const damaged = edge.node?.journal.use().damaged ?? [];
  const names = findings.map(({ code }) => code);
  if (damaged.length > 0 && !names.includes('EDGE_BROKEN'))
    violations.push({ invariant: 'untold', what: `${damaged.length} damaged places, and the audit found nothing` });
  return {
    violations,
    excuses({ device, n }) {
      const offset = places.get(`${device} #${n}`);
      return offset !== undefined && damaged.some(({ from, to }) => from <= offset && offset < to);
    },
    expects: ({ code }) => ['EDGE_BROKEN', 'OFFSETS_MISSING', 'READINGS_MISSING', 'BOOKS_UNBALANCED'].includes(code),
  };
}
