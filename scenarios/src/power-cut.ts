import { between, coin, oneOf, spread, whole } from './cast/chance.ts';
import type { DeviceActor } from './cast/device.ts';
import type { EdgeActor } from './cast/edge.ts';
import { openSite, type Site } from './cast/site.ts';
import type { Story } from './story.ts';

/** Milliseconds. */
const [second, minute] = [1_000, 60_000];

/**
 * The edge loses power several times, at any moment or just while its disk writes, and with it what was not synced.
 * Devices lose power too. Both come back after a while, in the middle of the night, with nobody to help.
 */
export const powerCut: Story = {
  name: 'power-cut',
  about: 'edges and devices lose power at any moment, often in the middle of a commit, and come back',
  tell(seed, defect) {
    const duration = 45 * second;
    const site = openSite({ seed, defect, edges: 1, devicesPerEdge: 2, duration, period: 3_600, commands: 2 });
    const { random, edges, devices } = site;
    for (let i = whole(random, 2, 6); i > 0; i--)
      site.sometime(() => cutAtTheWorstMoment(site, oneOf(random, edges), coin(random, 0.8)));
    for (let i = whole(random, 0, 4); i > 0; i--)
      site.sometime(() => {
        const device = oneOf(random, devices);
        const cut = (): void => cutDevice(site, device, duration);
        if (coin(random, 0.3)) cut();
        else if (coin(random)) device.afterReport(between(random, 0, 40), cut);
        else {
          device.afterRun(coin(random) ? 0 : between(random, 0, 40), cut);
          site.operator.give(device, minute);
        }
      });
    return site.finish(() => {
      for (const one of [...edges, ...devices]) one.boot(duration);
    });
  },
};

/** Cuts now, or a moment after the disk was next asked to write. Often the link is lost first, as by the same storm. */
function cutAtTheWorstMoment(site: Site, edge: EdgeActor, duringCommit: boolean): void {
  const { world, random } = site;
  const wire = site.network.between(edge.name, 'cloud');
  const darkness = coin(random) ? between(random, 0, 10 * second) : 0;
  const delay = between(random, 0, 3);
  const back = spread(random, 50, 10 * second);
  const cut = (): void => {
    if (!edge.machine.life) return;
    site.blow('edge.cut', { edge: edge.name, duringCommit });
    edge.cut();
    world.after(back, () => edge.boot());
  };
  const watch = (writes: number, until: number): void => {
    if (edge.disk.count('write') > writes || world.clock.ticks() > until) world.after(delay, cut);
    else world.after(0.5, () => watch(writes, until));
  };
  if (darkness > 0) wire.cut();
  world.after(darkness, () =>
    duringCommit ? watch(edge.disk.count('write'), world.clock.ticks() + 2 * second) : cut(),
  );
  world.after(darkness + 2 * second + back + between(random, 0, second), () => wire.heal());
}

function cutDevice(site: Site, device: DeviceActor, duration: number): void {
  if (!device.machine.life) return;
  const wire = site.network.between(device.id, device.edge);
  const back = spread(site.random, 100, 10 * second);
  site.blow('device.cut', { device: device.id });
  device.cut();
  // Where the switch loses power too, what the device has just said is lost on its way.
  if (coin(site.random)) wire.cut();
  site.world.after(back, () => wire.heal());
  site.world.after(back, () => device.boot(duration));
}
