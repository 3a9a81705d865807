import { type Random, seconds } from '@selvedge/kernel';
import { between, coin, oneOf, spread, whole } from '../cast/chance.ts';
import { openSite, type Site } from '../cast/site.ts';
import type { Story } from '../story.ts';
import { device, editAtEdge, editInCloud, type FieldEdit, report } from './edit.ts';
import { judgeTwin, type TwinAccount } from './judge-twin.ts';
import { drawnPolicies } from './policy-laws.ts';

/** Milliseconds. */
const [second, minute, year] = [1_000, 60_000, 31_536_000_000];

/** The device is heard, the policies are set, and both sides know it. */
const [heardAt, policedAt, begins, duration] = [5 * second, 10 * second, 20 * second, 10 * minute];

const paths = ['desired.a', 'desired.b', 'tags.a'] as const;

/**
 * Cloud and edge edit the same twin for ten minutes, while the link is cut, either side loses power, and clocks jump by a
 * year. Afterwards all is mended, and both must say the same, know every acknowledged edit once, have decided what crossed
 * as the policy says, and obey the next edit.
 */
export const twinEdits: Story = {
  name: 'twin-edits',
  about: 'cloud and edge edit one twin under every policy, with cut links, lost power and wrong clocks',
  tell(seed, defect) {
    const site = openSite({ seed, defect, edges: 1, devicesPerEdge: 0, duration, period: minute });
    const { world, random, edges, cloud } = site;
    const edge = edges[0]!;
    const account: TwinAccount = {
      acknowledged: [],
      made: 0,
      policy: { desired: oneOf(random, drawnPolicies), tags: oneOf(random, drawnPolicies) },
    };
    const attempt = (task: Promise<void>, edit: FieldEdit): void =>
      void task.then(
        () => account.acknowledged.push(edit),
        () => undefined,
      );
    /** The power goes while the disk is still at it, or just afterwards. */
    const dieSoon = (): void => {
      site.blow('edge.dies');
      world.after(between(random, 0, 12), () => edge.cut());
      world.after(5 * second, () => edge.boot());
    };
    const edit = (path: string, isInCloud: boolean): void => {
      const one = { path, value: valueFor(account, path) };
      if (isInCloud && cloud.plane) attempt(editInCloud(site, one), one);
      else if (!isInCloud && edge.node) attempt(editAtEdge(site, one), one);
    };
    const editSomewhere = (): void => {
      const isInCloud = coin(random);
      edit(oneOf(random, paths), isInCloud);
      if (!isInCloud && coin(random, 0.1)) dieSoon();
    };
    /** Neither side hears of the other's edit until both are made. */
    const cross = (): void => {
      site.blow('edits.cross');
      const wire = site.network.between(edge.name, 'cloud');
      const path = oneOf(random, paths);
      const isCloudFirst = coin(random);
      wire.cut();
      edit(path, isCloudFirst);
      world.after(between(random, 0, second), () => edit(path, !isCloudFirst));
      world.after(spread(random, second, 60 * second), () => wire.heal());
    };
    const tell = (): void => {
      const one = { path: 'reported.a', value: valueFor(account, 'reported.a') as number };
      if (!edge.node) return;
      attempt(report(site, `twin/${device}/reported`, { a: one.value }), one);
      if (coin(random, 0.2)) dieSoon();
    };

    world.after(heardAt, () => void report(site, `sensors/${device}/data`, { temperature: 20 }));
    for (const [section, policy] of Object.entries(account.policy))
      if (policy !== 'none')
        world.after(policedAt, () => void editInCloud(site, { path: `policy.${section}`, value: policy }));
    for (let i = whole(random, 20, 60); i > 0; i--)
      world.after(between(random, begins, duration), coin(random, 0.8) ? editSomewhere : tell);
    for (let i = whole(random, 1, 4); i > 0; i--) world.after(between(random, begins, duration), cross);
    const wrong = new Map<Jumper, number>();
    for (let i = whole(random, 2, 6); i > 0; i--)
      world.after(between(random, begins, duration), () => blow(site, random, wrong));
    return site.finish(
      () => {
        for (const [machine, by] of wrong) machine.jumpWall(-by);
        wrong.clear();
        cloud.boot();
        edge.boot();
      },
      {
        // Two comparisons: one finds what differs, the next what had been on its way.
        rest: () => world.clock.sleep(seconds(200)),
        reckon: () => judgeTwin(site, account),
      },
    );
  },
};

/** Multiples of one, by another prime, do not repeat. */
const [step, prime] = [3_571, 7_919] as const;

type Jumper = Site['cloud']['machine'];

/**
 * Never given before, so that each value names its edit, and as often smaller as greater than the last. Where lists are
 * united it is one, half the time with a common member.
 */
function valueFor(account: TwinAccount, path: string): unknown {
  const value = (++account.made * step) % prime;
  const policy = account.policy[path.split('.')[0] as 'desired' | 'tags'];
  return policy === 'union' ? (value % 2 === 0 ? [value, 0] : [value]) : value;
}

/** Something that befalls the site, and passes. */
function blow(site: Site, random: Random, wrong: Map<Jumper, number>): void {
  const { world, cloud, network } = site;
  const edge = site.edges[0]!;
  const wire = network.between(edge.name, 'cloud');
  const lasts = spread(random, second, 200 * second);
  site.blow('twins.struck', { lasts });
  switch (whole(random, 0, 5)) {
    case 0:
    case 1:
      wire.cut();
      world.after(lasts, () => wire.heal());
      break;
    case 2:
      wire.reset();
      break;
    case 3:
      edge.cut();
      world.after(lasts / 10, () => edge.boot());
      break;
    case 4:
      cloud.cut();
      world.after(lasts / 10 + second, () => cloud.boot());
      break;
    default: {
      const { machine } = coin(random) ? edge : cloud;
      const jump = (by: number): void => {
        machine.jumpWall(by);
        wrong.set(machine, (wrong.get(machine) ?? 0) + by);
      };
      const by = coin(random) ? year : -year;
      jump(by);
      world.after(lasts, () => {
        if (wrong.has(machine)) jump(-by);
      });
    }
  }
}
