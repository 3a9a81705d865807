import { coin, oneOf, spread } from './cast/chance.ts';
import { keepsNothing, openSite, type Site } from './cast/site.ts';
import type { Story } from './story.ts';

/** Milliseconds. */
const second = 1_000;

/** The link comes and goes from the first minute to the last, as over a bad radio: often before the greeting is over. */
export const flappingLink: Story = {
  name: 'flapping-link',
  about: 'the link comes and goes all the time, for 20 ms to 10 s, often before the greeting is over',
  tell(seed, defect) {
    const duration = 40 * second;
    const site = openSite({
      seed,
      defect,
      edges: 1,
      devicesPerEdge: 2,
      duration,
      period: 4_000,
      commands: 2,
      settings: keepsNothing,
    });
    const longest = spread(site.random, 100, 10 * second);
    flap(site, longest, duration);
    return site.finish(() => undefined);
  },
};

function flap(site: Site, longest: number, until: number): void {
  const { random, world } = site;
  const way = site.network.between('edge-1', 'cloud');
  const turn = (): void => {
    if (world.clock.ticks() >= until) return;
    const lasts = spread(random, 20, longest);
    const kind = oneOf(random, ['reset', 'cut', 'refusal'] as const);
    site.blow('link.flapped', { kind, lasts });
    if (kind === 'cut') way.cut();
    else way.reset();
    way.refuse = kind === 'refusal' && coin(random);
    world.after(lasts, () => {
      way.heal();
      world.after(spread(random, 20, longest), turn);
    });
  };
  world.after(spread(random, second / 10, second), turn);
}
