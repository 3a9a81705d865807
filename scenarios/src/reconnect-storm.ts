import { between, coin, oneOf, spread, whole } from './cast/chance.ts';
import { keepsNothing, openSite, type Site } from './cast/site.ts';
import type { Story } from './story.ts';

/** Milliseconds. */
const second = 1_000;

/**
 * The cloud, or the network in front of it, goes away under many edges at once and comes back at once, again and again.
 * Every edge has a backlog, and all of them call at the same time.
 */
export const reconnectStorm: Story = {
  name: 'reconnect-storm',
  about: 'the cloud or its network comes back under 3 to 1 000 edges at once, several times, each with a backlog',
  tell(seed, defect) {
    // Longer than the half minute after which a journal lets go of what it need not keep.
    const duration = 60 * second;
    const edges = sizeOf(seed);
    const site = openSite({
      ...{ seed, defect, edges, devicesPerEdge: 1, duration, commands: 2, settings: keepsNothing },
      // A thousand edges with a reading or two each are as much to tell as a few with many.
      period: edges > 100 ? duration : 6_000,
    });
    for (let i = edges > 100 ? 1 : whole(site.random, 2, 5); i > 0; i--) site.sometime(() => storm(site));
    // The last storm comes when the journals have let go of what they had shipped.
    return site.finish(() => {
      site.cloud.cut();
      site.cloud.boot();
    });
  },
};

/** Most tellings have a handful of edges; one in a hundred a crowd, one in five hundred a thousand. */
const sizeOf = (seed: number): number => (seed % 500 === 0 ? 1_000 : seed % 100 === 0 ? 100 : seed % 4 === 0 ? 5 : 3);

function storm(site: Site): void {
  const { random, world, cloud, network, edges } = site;
  const wires = edges.map((edge) => network.between(edge.name, 'cloud'));
  const lasts = spread(random, 100, 15 * second);
  const kind = oneOf(random, ['restart', 'cut', 'reset', 'refusal'] as const);
  site.blow('storm', { kind, lasts });
  if (kind === 'restart') {
    if (!cloud.machine.life) return;
    cloud.cut();
    world.after(lasts, () => cloud.boot());
    return;
  }
  for (const wire of wires) {
    if (kind === 'cut') wire.cut();
    else wire.reset();
    wire.refuse = kind === 'refusal';
    // They come back together, or trickle in.
    const together = coin(random, 0.7);
    world.after(lasts + (together ? 0 : between(random, 0, 5 * second)), () => {
      wire.heal();
      wire.refuse = false;
    });
  }
}
