import { Buffer } from 'node:buffer';
import { decodeFrame } from '@selvedge/protocol';
import type { Violation } from '@selvedge/testkit';
import { between, coin, spread } from './cast/chance.ts';
import type { EdgeActor } from './cast/edge.ts';
import { readingsIn } from './cast/journal-records.ts';
import { openSite, type Site } from './cast/site.ts';
import { tapped } from './cast/tap.ts';
import type { Known, Reckoning } from './cast/verdict.ts';
import type { Story } from './story.ts';

/** Milliseconds. */
const second = 1_000;

/** A journal that keeps all, so that what was refused can be seen to be there. */
const settings = { 'journal.keep': '1h' };

/** The machine with the copy of the first edge's disk. */
const copyName = 'edge-1/copy';

/**
 * Somebody copies an edge's disk and runs both: two nodes with one name, one certificate and one journal, which goes on
 * differently on each. Whoever ships first what the other has not is the owner and goes on; the other is refused by name
 * before anything of its own is taken, and keeps what it has.
 */
export const clonedDisk: Story = {
  name: 'cloned-disk',
  about: "a copy of an edge's disk runs beside it: one owner goes on, the other is refused and named, nothing is lost",
  tell(seed, defect) {
    const duration = 60 * second;
    const site = openSite({
      ...{ seed, defect, edges: 1, devicesPerEdge: 2, duration, period: 3_600, settings },
      // The second device finds its door when the copy runs.
      doors: (device, edge) => [device.endsWith('2') ? copyName : edge],
    });
    const { random, world } = site;
    const original = site.edges[0]!;
    const copy = site.addEdge({ name: original.name, machine: copyName, disk: site.freshDisk(copyName) });
    world.after(between(random, 10 * second, 30 * second), () => clone(site, original, copy));
    const refused = new Set<EdgeActor>();
    for (const edge of [original, copy])
      edge.tap = (connection) => tapped(connection, { heard: (frame) => hear(frame, () => refused.add(edge)) });
    const nodes = [original, copy];
    return site.finish(
      () => {
        original.boot();
        if (copy.disk.usedBytes > 0) copy.boot();
      },
      {
        judged: () => nodes.filter((one) => one.node && !refused.has(one)),
        reckon: (known) => reckon(known, nodes, refused),
      },
    );
  },
};

/** Tells of a refusal that names the fork. */
function hear(frame: Buffer, refused: () => void): Buffer {
  const said = decodeFrame(frame);
  if (said.ok && said.value.type === 'refused' && said.value.body.code === 'LINK_FORK') refused();
  return frame;
}

function clone(site: Site, original: EdgeActor, copy: EdgeActor): void {
  const { random, world, network } = site;
  site.blow('disk.copied');
  original.cut();
  for (const path of original.disk.paths()) copy.disk.put(path, original.disk.content(path));
  const [one, other] = coin(random) ? [original, copy] : [copy, original];
  if (coin(random, 0.3)) {
    const way = network.between(one.machine.name, 'cloud');
    way.cut();
    world.after(spread(random, second, 20 * second), () => way.heal());
  }
  world.after(spread(random, 10, 5 * second), () => one.boot());
  world.after(spread(random, 10, 20 * second), () => other.boot());
}

/**
 * Of two journals that differ one goes on, the other is refused, and the cloud holds but the one that goes on. What the
 * refused node has taken is in its journal, if not in the cloud.
 */
async function reckon(
  { cloud }: Known,
  nodes: readonly EdgeActor[],
  refused: ReadonlySet<EdgeActor>,
): Promise<Reckoning> {
  const violations: Violation[] = [];
  const untold = (what: string): void => void violations.push({ invariant: 'untold', what });
  const heads = new Set(nodes.flatMap(({ node }) => (node ? [hex(node.journal.head.hash)] : [])));
  if (heads.size > 1 && refused.size !== 1)
    untold(`two journals of one epoch, and ${refused.size} of them were refused`);
  const kept = new Set<string>();
  for (const { node } of refused)
    if (node)
      for await (const { device, values } of readingsIn(node.journal)) kept.add(`${device} #${String(values['n'])}`);
  for (const { name, node } of nodes.filter((one) => !refused.has(one))) {
    if (!node || refused.size === 0) continue;
    const { epoch, head } = node.journal;
    const own = new Set<string>();
    for await (const { hash } of node.journal.read(0)) own.add(hex(hash));
    for (const { firstOffset, hash } of await cloud.store.log.marks(name, epoch, [0, head.offset]))
      if (!own.has(hex(hash))) untold(`the cloud holds another batch at ${firstOffset} than the owner has`);
  }
  return {
    violations,
    excuses: ({ device, n }) => kept.has(`${device} #${n}`),
    // Whoever is asked may just then be refused, or give way to the other.
    expects: ({ code }) => code === 'SILENT',
  };
}

const hex = (hash: Uint8Array): string => Buffer.from(hash).toString('hex');
