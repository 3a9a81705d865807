import type { Reading } from '@selvedge/protocol';
import {
  type CommandRun,
  type Item,
  noRunTwice,
  noStaleRun,
  nothingDoubled,
  nothingInvented,
  nothingLost,
  orderKept,
  type Violation,
  type World,
} from '@selvedge/testkit';
import type { Figures, Outcome } from '../story.ts';
import type { AuditFinding, CloudActor } from './cloud.ts';
import type { DeviceActor, Meant } from './device.ts';
import type { EdgeActor } from './edge.ts';
import { alertsIn, readingsIn } from './journal-records.ts';
import type { Operator } from './operator.ts';

export interface Evidence {
  readonly seed: number;
  readonly world: World;
  readonly cloud: CloudActor;
  readonly edges: readonly EdgeActor[];
  readonly devices: readonly DeviceActor[];
  readonly operator: Operator;
  /** Whether everything had arrived when the site had been mended for long enough. */
  readonly isSettled: boolean;
  readonly blows: number;
}

/**
 * What a story knows beyond what always holds. Where something can be kept by nobody, the product must name it: then the
 * story says which readings that excuses, and which findings it expects.
 */
export interface Reckoning {
  readonly violations?: readonly Violation[];
  /** Whether somebody names this reading as gone. */
  readonly excuses?: (reading: Meant) => boolean;
  readonly expects?: (finding: AuditFinding) => boolean;
  /** Whether the record at this offset of a journal was set aside by name. */
  readonly isAside?: (offset: number) => boolean;
  /** What this story counts in place of readings. */
  readonly figures?: Pick<Figures, 'reported' | 'acknowledged' | 'stored'>;
  /** Whether somebody other than the operator gave the command of this id. */
  readonly isOrdered?: (id: string) => boolean;
}

/** What has come out before the story says what it knows. */
export interface Known extends Evidence {
  readonly findings: readonly AuditFinding[];
  readonly stored: readonly Reading[];
}

/** Holds what the devices meant against what the cloud has, and every side against its own account. */
export async function verdictOn(evidence: Evidence, reckon: (known: Known) => Promise<Reckoning>): Promise<Outcome> {
  const { world, cloud, edges, devices } = evidence;
  const stored = await storedReadings(cloud, devices);
  const meant = devices.flatMap((one) => one.meant);
  const acknowledged = meant.filter((one) => one.outcome === 'acknowledged');
  const findings = await cloud.findings();
  const {
    violations: own = [],
    excuses = () => false,
    expects = () => false,
    isAside = () => false,
    isOrdered = () => false,
    figures: counted = {},
  } = await reckon({ ...evidence, findings, stored });
  const violations: Violation[] = [
    ...(evidence.isSettled ? [] : [{ invariant: 'unsettled', what: await backlog(evidence) } as const]),
    ...nothingLost(acknowledged.filter((one) => !excuses(one)).map(itemOfMeant), stored.map(itemOfStored)),
    ...nothingDoubled(stored.map(itemOfStored)),
    ...nothingDoubled(stored.flatMap(itemOfName)),
    ...nothingInvented(meant.map(itemOfMeant), stored.map(itemOfStored)),
    ...commandViolations(evidence, isOrdered),
    ...findings.filter((one) => !expects(one)).map(unproven),
    ...(await brokenOrder(edges)),
    ...(await unheardAlerts(edges, cloud, isAside)),
    ...modeViolations(evidence),
    ...own,
  ];
  const figures = {
    simulatedSeconds: Math.round(world.clock.ticks() / 1_000),
    moments: world.timeline.happened,
    reported: meant.length,
    acknowledged: acknowledged.length,
    stored: stored.length,
    ...counted,
    blows: evidence.blows,
  };
  world.note('told', { figures, violations });
  return { seed: evidence.seed, violations, figures, digest: world.history.digest() };
}

async function storedReadings(cloud: CloudActor, devices: readonly DeviceActor[]): Promise<readonly Reading[]> {
  const all: Reading[] = [];
  for (const { id } of devices) all.push(...(await cloud.readings(id)));
  return all;
}

/** A reading is known by the number that its device gave it, which is one of its values. */
const itemOfMeant = ({ device, n, takenAt, values }: Meant): Item => ({
  name: `${device} #${n}`,
  content: contentOf(takenAt, values),
});

const itemOfStored = ({ device, takenAt, values }: Reading): Item => ({
  name: `${device} #${String(values['n'])}`,
  content: contentOf(takenAt, values),
});

const itemOfName = ({ device, boot, seq }: Reading): Item[] =>
  boot === undefined ? [] : [{ name: `${device} ${boot}/${seq}`, content: '' }];

const contentOf = (takenAt: number, values: Reading['values']): string =>
  JSON.stringify([takenAt, ...Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))]);

/** [DESIGN] Order is promised per device and lane: in each journal the names of a device's readings only go up. */
async function brokenOrder(edges: readonly EdgeActor[]): Promise<readonly Violation[]> {
  const violations: Violation[] = [];
  for (const { name, node } of edges) {
    if (!node) continue;
    const places: { stream: string; place: number }[] = [];
    for await (const { device, boot = 0, seq = 0 } of readingsIn(node.journal))
      places.push({ stream: `${device} at ${name}`, place: boot * 2 ** 20 + seq });
    violations.push(...orderKept(places));
  }
  return violations;
}

/** Each alert that is still in a journal is known in the cloud: somebody was told. */
async function unheardAlerts(
  edges: readonly EdgeActor[],
  cloud: CloudActor,
  isAside: (offset: number) => boolean,
): Promise<readonly Violation[]> {
  const known = new Set(
    (await cloud.store.alerts.list({ limit: 1_000 })).map(({ device, rule }) => `${device}: ${rule}`),
  );
  const violations: Violation[] = [];
  for (const { node } of edges) {
    if (!node) continue;
    for await (const { device, rule, offset } of alertsIn(node.journal))
      if (!isAside(offset) && !known.has(`${device}: ${rule}`))
        violations.push({ invariant: 'untold', what: `alert ${device}: ${rule}` });
  }
  return violations;
}

/** Who has its link says so, on both sides. */
function modeViolations({ edges, isSettled }: Evidence): readonly Violation[] {
  if (!isSettled) return [];
  return edges
    .filter(({ node }) => node && node.report().mode !== 'online')
    .map(({ name }) => ({ invariant: 'untold', what: `${name} holds itself for offline` }) as const);
}

const unproven = ({ node, code, message }: AuditFinding): Violation => ({
  invariant: 'unproven',
  what: `${node}: ${code}, ${message}`,
});

/** A run is stale by the clock of the device that ran it, and by the expiry that the operator meant. */
function commandViolations(
  { devices, operator }: Evidence,
  isOrdered: NonNullable<Reckoning['isOrdered']>,
): readonly Violation[] {
  const runs: (CommandRun & { readonly by: string })[] = devices.flatMap((one) =>
    one.runs.map(({ id, ranAt }) => ({
      ...{ id, ranAt, by: one.id },
      expiresAt: operator.issued.get(id) ?? Number.POSITIVE_INFINITY,
    })),
  );
  const unknown = runs.filter((run) => !operator.issued.has(run.id) && !byRule.test(run.id) && !isOrdered(run.id));
  return [
    // Two nodes of one epoch name their commands alike, each to devices of its own.
    ...devices.flatMap((one) => noRunTwice(runs.filter(({ by }) => by === one.id))),
    ...noStaleRun(runs),
    ...unknown.map((run) => ({ invariant: 'unheard-of', what: `command ${run.id}` }) as const),
  ];
}

/** The id of a command that a rule of the edge gave: epoch, offset and rule. */
const byRule = /^[0-9a-f]{12}-\d+-/;

async function backlog({ devices, edges, cloud }: Evidence): Promise<string> {
  const waiting = devices.filter((one) => one.pending > 0).map((one) => `${one.id} ${one.pending}`);
  for (const edge of edges) if (!(await cloud.holds(edge))) waiting.push(edge.name);
  return waiting.join(', ');
}
