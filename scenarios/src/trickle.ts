import { between, coin, oneOf, spread } from './cast/chance.ts';
import { keepsNothing, openSite } from './cast/site.ts';
import type { Story } from './story.ts';

/** Milliseconds. */
const [second, minute] = [1_000, 60_000];

/** Bytes of shipments that the node lets be under way. */
const windowSize = 2_048;

/**
 * Bytes that may wait in front of a wire: a window, the one commit that did not fit into it any more (six readings of some
 * 700 bytes), and the greetings, reports and pings that go beside.
 */
const bufferedMax = windowSize + 6_144;

/**
 * The link carries a byte a second, or a few: enough to look alive, too little for a greeting in its time. Nothing may pile
 * up in front of it, and when the link is itself again everything must come through.
 */
export const trickle: Story = {
  name: 'trickle',
  about: 'the link carries one byte a second, or a few, for some minutes, and is then itself again',
  tell(seed, defect) {
    const duration = 2 * minute;
    const site = openSite({
      seed,
      defect,
      edges: 1,
      // Enough that what is not bounded piles up before a silent link is given up.
      devicesPerEdge: 2,
      duration,
      period: 2.5 * second,
      commands: 2,
      settings: { ...keepsNothing, 'link.window': `${windowSize / 1_024}KiB` },
    });
    const { random, world, network } = site;
    const [edge] = site.edges;
    const way = network.between('edge-1', 'cloud');
    let most = 0;
    edge!.tap = (connection) => ({
      ...connection,
      get bufferedBytes() {
        return connection.bufferedBytes;
      },
      send(frame) {
        const isSent = connection.send(frame);
        most = Math.max(most, connection.bufferedBytes);
        return isSent;
      },
    });
    const rate = oneOf(random, [1, 1, spread(random, 2, 500)]);
    const begins = between(random, 0, 40 * second);
    world.after(begins, () => {
      site.blow('link.trickles', { rate });
      way.bytesPerSecond = rate;
      // What is connected stays so, or must greet through the narrow way.
      if (coin(random)) way.reset();
    });
    world.after(begins + between(random, second, 80 * second), () => {
      site.blow('link.widened');
      way.heal();
    });
    if (coin(random))
      site.sometime(() => {
        site.blow('link.reset');
        way.reset();
      });
    return site.finish(() => undefined, {
      reckon: async () => ({
        violations:
          most > bufferedMax ? [{ invariant: 'unbounded', what: `${most} bytes waited in front of a slow link` }] : [],
      }),
    });
  },
};
