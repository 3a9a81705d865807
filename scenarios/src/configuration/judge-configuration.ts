import { isDeepStrictEqual } from 'node:util';
import type { ConfigurationVersionView } from '@selvedge/cloud';
import { isConfigurationSettled } from '@selvedge/protocol';
import type { Violation } from '@selvedge/testkit';
import type { Site } from '../cast/site.ts';
import type { Reckoning } from '../cast/verdict.ts';

/** A proposal that was accepted. */
export interface Proposed {
  /** The version that the operator had read. */
  readonly expected: number;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Whether nothing is on trial, and nothing waits to be. */
export async function isOver(site: Site): Promise<boolean> {
  const { plane } = site.cloud;
  const { configured, name, node } = site.edges[0]!;
  if (!plane?.links.isOnline(name) || !node || !configured || configured.held?.trial) return false;
  await plane.store.projections.catchUp();
  const versions = await plane.store.configurations.history(name, { limit: 100 });
  return versions.every(({ phase }) => isConfigurationSettled(phase));
}

/** Holds the node against what the cloud believes of it, and both against what was proposed. */
export async function judgeConfiguration(site: Site, accepted: readonly Proposed[]): Promise<Reckoning> {
  const { plane } = site.cloud;
  const { configured, name } = site.edges[0]!;
  if (!configured || !plane) return { violations: [{ invariant: 'unsettled', what: 'a side did not come back' }] };
  const { configurations, projections } = plane.store;
  await projections.catchUp();
  const versions = await configurations.history(name, { limit: 100 });
  const view = (await configurations.find(name))!;
  const { held, settings } = configured;
  const violations: Violation[] = [...judgeProposals(accepted, versions)];
  const broken = (invariant: Violation['invariant'], what: string): void => void violations.push({ invariant, what });
  for (const { version, phase } of versions)
    if (!isConfigurationSettled(phase)) broken('unsettled', `version ${version} is still ${phase}`);
  if (held?.trial) broken('unsettled', `version ${held.trial.document.version} is still on trial`);
  const good = held?.good.version ?? 0;
  if ((view.good?.version ?? 0) !== good)
    broken('apart', `the node is at ${good}, the cloud believes ${view.good?.version}`);
  const newest = versions.find(({ phase }) => phase === 'confirmed');
  if ((newest?.version ?? 0) !== good) broken('apart', `${newest?.version} was confirmed last, the node is at ${good}`);
  const period = (newest?.settings as { window?: { period?: string } } | undefined)?.window?.period ?? '60s';
  if (settings.window.period !== Number.parseInt(period, 10) * 1_000)
    broken('apart', `the node runs with ${settings.window.period} ms, not ${period}`);
  if (isBad(held?.good.settings)) broken('unsettled', `the node is left with ${JSON.stringify(held!.good.settings)}`);
  for (const one of versions)
    if (one.phase === 'confirmed' && isBad(one.settings)) broken('unproven', `${one.version} was confirmed`);
  return { violations };
}

/** Every proposal that was accepted is there, and none replaced one that its operator had not read. */
function judgeProposals(
  accepted: readonly Proposed[],
  versions: readonly ConfigurationVersionView[],
): readonly Violation[] {
  const violations: Violation[] = [];
  for (const { expected, settings } of accepted) {
    const made = versions.find(({ version }) => version === expected + 1);
    if (!made || !isDeepStrictEqual(made.settings, settings))
      violations.push({ invariant: 'lost', what: `what was proposed after version ${expected} is not the next` });
  }
  return violations;
}

const isBad = (settings: unknown): boolean => /often|4242|6666|"url":""/.test(JSON.stringify(settings ?? {}));
