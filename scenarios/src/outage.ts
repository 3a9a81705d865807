import { seeded } from '@selvedge/kernel';
import { between, coin, oneOf, spread, whole } from './cast/chance.ts';
import type { DeviceActor } from './cast/device.ts';
import { keepsNothing, openSite, type Site } from './cast/site.ts';
import type { Story } from './story.ts';

/** Milliseconds. */
const [second, minute, hour] = [1_000, 60_000, 3_600_000];

/** Ways to lose a link. Of the first nobody is told; the others end what is connected, or let nobody in. */
const ways = ['silence', 'reset', 'refusal', 'flapping'] as const;

/**
 * The link between an edge and the cloud is lost for between a second and 72 hours, some edges lose it several times,
 * and devices lose their edge now and then; in half of the tellings they go to the other one then. Everything else goes on.
 */
export const outage: Story = {
  name: 'outage',
  about: 'the link to the cloud is lost for a second to 72 hours, in silence, by reset, by refusal, or flapping',
  tell(seed, defect) {
    const draw = seeded(seed);
    // Long ones are rarer, as in the field, and because they take long to tell.
    const [least, most] =
      seed % 100 === 0 ? [2 * hour, 72 * hour] : coin(draw, 0.9) ? [second, 3 * minute] : [3 * minute, hour];
    const longest = seed % 500 === 0 ? most : spread(draw, least, most);
    const duration = longest + 2 * minute;
    const site = openSite({
      seed,
      defect,
      edges: 2,
      devicesPerEdge: 1,
      duration,
      period: duration / 10,
      commands: 2,
      roaming: seed % 2 === 0,
      settings: keepsNothing,
    });
    const { random, edges } = site;
    loseLink(site, 'edge-1', between(random, 20 * second, minute), longest, oneOf(random, ways));
    for (let i = whole(random, 1, 4); i > 0; i--)
      site.sometime(() =>
        loseLink(site, oneOf(random, edges).name, 0, spread(random, 50, 40 * second), oneOf(random, ways)),
      );
    for (const device of site.devices)
      for (let i = whole(random, 0, 3); i > 0; i--)
        site.sometime(() => device.afterReport(between(random, 0, 60), () => loseDoor(site, device)));
    return site.finish(() => undefined);
  },
};

function loseLink(site: Site, edge: string, after: number, lasts: number, way: (typeof ways)[number]): void {
  const { world, random } = site;
  const wire = site.network.between(edge, 'cloud');
  world.after(after, () => {
    site.blow('link.cut', { edge, way, lasts });
    if (way === 'silence') wire.cut();
    else wire.reset();
    if (way === 'refusal') wire.refuse = true;
    if (way === 'reset' && coin(random)) wire.cut();
    const flap = (): void => {
      if (way !== 'flapping' || world.clock.ticks() > ends) return;
      wire.reset();
      world.after(spread(random, 20, lasts / 2 + 20), flap);
    };
    const ends = world.clock.ticks() + lasts;
    flap();
    world.after(lasts, () => {
      wire.heal();
      wire.refuse = false;
    });
  });
}

/** A device loses its edge just when it has something to say, and sometimes a command is on its way to it. */
function loseDoor(site: Site, device: DeviceActor): void {
  const { random, world } = site;
  const wire = site.network.between(device.id, oneOf(random, device.edges));
  const lasts = spread(random, 50, 2 * minute);
  site.blow('door.cut', { device: device.id, lasts });
  if (coin(random)) wire.cut();
  else wire.reset();
  if (coin(random, 0.3)) site.operator.give(device, lasts * between(random, 0.2, 1.5));
  world.after(lasts, () => wire.heal());
}
