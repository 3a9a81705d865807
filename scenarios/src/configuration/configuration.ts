import { type Random, seconds } from '@selvedge/kernel';
import { between, coin, oneOf, spread, whole } from '../cast/chance.ts';
import { unusable } from '../cast/configured-edge.ts';
import { openSite, type Site } from '../cast/site.ts';
import type { Story } from '../story.ts';
import { isOver, judgeConfiguration, type Proposed } from './judge-configuration.ts';

/** Milliseconds. */
const [second, minute] = [1_000, 60_000];

/** How long a blow lasts at most. */
const blowMax = 100 * second;

/** A trial lasts two minutes at most, three starts long, and one more version may wait behind it. */
const settleMax = 20 * minute;

/**
 * Operators configure a node again and again for a quarter of an hour, well and badly, also two at once, while the link is
 * cut and either side loses power in the middle of a change. In the end the node runs with a good version, both sides name
 * the same one, and nobody has written over what he had not read.
 */
export const configuration: Story = {
  name: 'configuration',
  about: 'operators configure a node well and badly, with cut links and lost power in the middle of changes',
  tell(seed, defect) {
    const active = 15 * minute;
    const site = openSite({
      ...{ seed, defect, edges: 1, devicesPerEdge: 1, configured: true },
      // What befalls the site last has passed before everything is mended.
      duration: active + 40 * second + blowMax,
      // Enough readings to see that none is lost when a node is stopped and started with other settings.
      period: minute / 2,
    });
    const { world, random, cloud } = site;
    const edge = site.edges[0]!;
    const accepted: Proposed[] = [];
    const strike = (): void => blow(site, random);
    for (let i = whole(random, 2, 6); i > 0; i--)
      world.after(between(random, 5 * second, active), () => {
        for (let at = coin(random, 0.3) ? 2 : 1; at > 0; at--)
          void propose(site, oneOf(random, drafts)(random), accepted).catch(() => undefined);
        // Most of a change happens in the seconds after it was proposed.
        if (coin(random, 0.6)) world.after(spread(random, 1, 40 * second), strike);
      });
    for (let i = whole(random, 1, 4); i > 0; i--) world.after(between(random, 0, active), strike);
    return site.finish(
      () => {
        cloud.boot();
        edge.boot();
      },
      {
        async rest() {
          for (let waited = 0; waited < settleMax && !(await isOver(site)); waited += 10 * second)
            await world.clock.sleep(seconds(10));
        },
        reckon: () => judgeConfiguration(site, accepted),
      },
    );
  },
};

/** Settings that an operator could come up with: good ones, and ones that are bad in every way there is. */
const drafts: readonly ((random: Random) => Readonly<Record<string, unknown>>)[] = [
  (random) => ({ window: { period: `${whole(random, 10, 90)}s` } }),
  (random) => ({ window: { period: `${whole(random, 10, 90)}s` }, link: { retryMax: '10s' } }),
  () => ({ window: { period: 'often' }, nonsense: true }),
  () => ({ window: { samplesMax: unusable.fails } }),
  () => ({ window: { samplesMax: unusable.crashes } }),
  () => ({ link: { url: '' } }),
];

/** As an operator does who has read what there is. */
async function propose(
  { cloud }: Site,
  settings: Readonly<Record<string, unknown>>,
  accepted: Proposed[],
): Promise<void> {
  if (!cloud.plane) return;
  const { store, links } = cloud.plane;
  const now = cloud.machine.life!.clock.wall();
  const before = await store.configurations.find('edge-1');
  if (!before) return;
  const expected = before.version;
  const done = await store.configurations.propose('edge-1', { settings, expected, by: 'operator:ada' }, now);
  if (done.kind === 'refused') return;
  accepted.push({ expected, settings });
  links.configure('edge-1');
}

/** Something that befalls the site, and passes. */
function blow(site: Site, random: Random): void {
  const { world, cloud, network } = site;
  const edge = site.edges[0]!;
  const wire = network.between(edge.name, 'cloud');
  const lasts = spread(random, 100, blowMax);
  site.blow('configuration.struck', { lasts });
  switch (whole(random, 0, 4)) {
    case 0:
      wire.cut();
      world.after(lasts, () => wire.heal());
      break;
    case 1:
      wire.reset();
      break;
    case 2:
    case 3:
      edge.cut();
      world.after(lasts / 10, () => edge.boot());
      break;
    default:
      cloud.cut();
      world.after(lasts / 10 + second, () => cloud.boot());
  }
}
