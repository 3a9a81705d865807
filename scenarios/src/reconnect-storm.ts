import { between, coin, oneOf, spread, whole } from './cast/chance.ts';
import { openSite, type Site } from './cast/site.ts';
import type { Story } from './story.ts';

/** Milliseconds. */
const second = 1_000;

/** A journal that keeps nothing it need not keep, so that what was let go too early is gone. */
const settings = { 'journal.keep': '0s', 'journal.segmentSize': '4KiB' };

/**
 * The cloud, or the network in front of it, goes away under many edges at once and comes back at once, again and again.
 * Every edge has a backlog, and all of them call at the same time.
 */
export const reconnectStorm: Story = {
  name: 'reconnect-storm',
  about: 'the cloud or its network comes back under many edges at once, several times, each with a backlog',
  tell(seed, defect) {
    const duration = 45 * second;
    const site = openSite({
      seed,
      defect,
      edges: 5,
      devicesPerEdge: 1,
      duration,
      period: 9_000,
      commands: 2,
      settings,
    });
    for (let i = whole(site.random, 2, 5); i > 0; i--) site.sometime(() => storm(site));
    return site.finish(() => site.cloud.boot());
  },
};

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
