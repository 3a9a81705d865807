import { type Random, seconds } from '@selvedge/kernel';
import { isConfigurationSettled } from '@selvedge/protocol';
import { between, coin, oneOf, spread, whole } from '../cast/chance.ts';
import { type ConfigurationDefect, type ConfigurationSite, configurationSite, unusable } from './configuration-site.ts';

export interface ConfigurationOutcome {
  /** What did not hold. */
  readonly violations: readonly string[];
  readonly proposed: number;
  readonly confirmed: number;
  readonly returned: number;
  readonly blows: number;
}

const duration = 900_000;

/** Settings that an operator could come up with: good ones, and ones that are bad in every way there is. */
const drafts: readonly ((random: Random) => Readonly<Record<string, unknown>>)[] = [
  (random) => ({ window: { period: `${whole(random, 10, 90)}s` } }),
  (random) => ({ window: { period: `${whole(random, 10, 90)}s` }, link: { retryMax: '10s' } }),
  () => ({ window: { period: 'often' }, nonsense: true }),
  () => ({ window: { samplesMax: unusable.fails } }),
  () => ({ window: { samplesMax: unusable.crashes } }),
  () => ({ link: { url: '' } }),
];

/**
 * An operator configures a node again and again for a quarter of an hour, well and badly, while the link is cut and either
 * side loses power, also in the middle of a change. Afterwards all is mended.
 */
export async function tellConfiguration(seed: number, defect?: ConfigurationDefect): Promise<ConfigurationOutcome> {
  const site = configurationSite(seed, defect);
  const { box } = site;
  const random = box.chance('story');
  let blows = 0;
  const strike = (): void => {
    blows += 1;
    blow(site, random);
  };

  site.boot();
  await box.run(seconds(10));
  for (let i = whole(random, 2, 6); i > 0; i--)
    box.after(between(random, 0, duration), () => {
      if (!site.cloud) return;
      void site.propose(oneOf(random, drafts)(random)).catch(() => undefined);
      // Most of a change happens in the seconds after it was proposed.
      if (coin(random, 0.6)) box.after(spread(random, 1, 40_000), strike);
    });
  for (let i = whole(random, 1, 4); i > 0; i--) box.after(between(random, 0, duration), strike);
  await box.run(box.clock.ticks() + duration);
  await mend(site);
  const versions = await meanwhile(site, judge(site));
  await meanwhile(site, site.close());
  return { ...versions, blows };
}

/** Something that befalls the site, and passes. */
function blow(site: ConfigurationSite, random: Random): void {
  const { box, wire } = site;
  const lasts = spread(random, 100, 100_000);
  switch (whole(random, 0, 4)) {
    case 0:
      wire.cut();
      box.after(lasts, () => wire.heal());
      break;
    case 1:
      wire.reset();
      break;
    case 2:
    case 3:
      site.cutEdge();
      box.after(lasts / 10, site.boot);
      break;
    default:
      site.cutCloud();
      box.after(lasts / 10 + 1_000, site.boot);
  }
}

async function mend(site: ConfigurationSite): Promise<void> {
  const { box, wire } = site;
  await box.run(box.clock.ticks() + 120_000);
  wire.heal();
  site.boot();
  // A trial lasts two minutes at most, three starts long, and one more version may wait behind it.
  await box.run(box.clock.ticks() + 1_500_000);
}

async function judge(site: ConfigurationSite): Promise<Omit<ConfigurationOutcome, 'blows'>> {
  const { edge, cloud, held } = site;
  const none = { proposed: 0, confirmed: 0, returned: 0 };
  if (!edge || !cloud) return { violations: ['a side did not come back'], ...none };
  await cloud.store.projections.catchUp();
  const { configurations } = cloud.store;
  const versions = await configurations.history('edge-1', { limit: 100 });
  const view = (await configurations.find('edge-1'))!;
  const count = (phase: string): number => versions.filter((one) => one.phase === phase).length;
  const violations: string[] = [];
  for (const { version, phase } of versions)
    if (!isConfigurationSettled(phase)) violations.push(`version ${version} is still ${phase}`);
  const good = held?.good.version ?? 0;
  if (held?.trial) violations.push(`version ${held.trial.document.version} is still on trial`);
  if (view.good?.version !== good) violations.push(`the node is at ${good}, the cloud believes ${view.good?.version}`);
  const newest = versions.find(({ phase }) => phase === 'confirmed');
  if ((newest?.version ?? 0) !== good) violations.push(`${newest?.version} was confirmed last, the node is at ${good}`);
  const period = (newest?.settings as { window?: { period?: string } } | undefined)?.window?.period ?? '60s';
  if (edge.machine.settings.window.period !== Number.parseInt(period, 10) * 1_000)
    violations.push(`the node runs with ${edge.machine.settings.window.period} ms, not ${period}`);
  if (!cloud.links.isOnline('edge-1')) violations.push('the node is cut off');
  for (const one of versions)
    if (one.phase === 'confirmed' && isBad(one.settings)) violations.push(`${one.version} was confirmed`);
  return { violations, proposed: versions.length, confirmed: count('confirmed'), returned: count('returned') };
}

const isBad = (settings: unknown): boolean => /often|4242|6666|"url":""/.test(JSON.stringify(settings));

/** Lets time pass until the task is done. */
async function meanwhile<Value>({ box }: ConfigurationSite, task: Promise<Value>): Promise<Value> {
  let isOver = false;
  const over = (): void => {
    isOver = true;
  };
  task.then(over, over);
  while (!isOver) await box.run(box.clock.ticks() + 100);
  return task;
}
