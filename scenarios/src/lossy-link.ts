import { between, coin, oneOf, spread, whole } from './cast/chance.ts';
import { openSite, type Site } from './cast/site.ts';
import type { Story } from './story.ts';

/** Milliseconds. */
const second = 1_000;

/**
 * Of what is sent a part is lost, up to 30 % of it, also while the link is being made: TCP sends it again, later and later,
 * and everything behind it waits. Doors and links suffer it alike.
 */
export const lossyLink: Story = {
  name: 'lossy-link',
  about: 'up to 30 % of what is sent is lost and sent again, with resets in between',
  tell(seed, defect) {
    const duration = 40 * second;
    const site = openSite({ seed, defect, edges: 1, devicesPerEdge: 2, duration, period: 3_600, commands: 2 });
    const { random, network, devices } = site;
    const worst = oneOf(random, [0.3, 0.3, between(random, 0.01, 0.3)]);
    lose(site, network.between('edge-1', 'cloud'), worst);
    for (const { id } of devices) if (coin(random)) lose(site, network.between(id, 'edge-1'), worst);
    for (let i = whole(random, 0, 4); i > 0; i--)
      site.sometime(() => {
        site.blow('link.reset');
        network.between('edge-1', 'cloud').reset();
      });
    for (let i = whole(random, 1, 3); i > 0; i--)
      site.sometime(() => {
        const way = network.between('edge-1', 'cloud');
        const lasts = spread(random, second, 15 * second);
        site.blow('link.worse', { lasts });
        way.loss = 0.7;
        site.world.after(lasts, () => {
          way.loss = worst;
        });
      });
    // What was lost and waits to be sent again would come long after the way has healed.
    return site.finish(() => {
      for (const way of network.wires()) way.reset();
    });
  },
};

function lose(site: Site, way: { loss: number }, loss: number): void {
  site.blow('link.loses', { loss });
  way.loss = loss;
}
