import { type Duration, days, minutes, seconds } from '@selvedge/kernel';
import type { AuditView, HealthView, NodeView } from '../../cloud-views.ts';
import { sayBytes } from '../../text/say.ts';

/** One thing looked at. `ok` is null when it could not be looked at, because something else is wrong. */
export interface Check {
  readonly check: string;
  readonly ok: boolean | null;
  readonly found: string;
  /** What to do; empty where nothing is to be done. */
  readonly advice: string;
}

export interface PortFact {
  readonly name: string;
  readonly port: number;
  readonly state: 'free' | 'ours' | 'taken';
}

export interface DiskFact {
  readonly dir: string;
  readonly writable: boolean;
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export interface CertificateFact {
  readonly name: string;
  readonly validFrom: number;
  readonly validTo: number;
}

const nodeMin = 24;
const freeMin = 2 ** 30;
const freeShareMin = 0.05;
const clockMax = seconds(5);
const renewBefore = days(30);
const backlogMax = 100_000;
const reportMax = minutes(1);

const good = (check: string, found: string): Check => ({ check, ok: true, found, advice: '' });
const bad = (check: string, found: string, advice: string): Check => ({ check, ok: false, found, advice });
const unknown = (check: string, found: string): Check => ({ check, ok: null, found, advice: '' });

export function checkNode(version: string): Check {
  const found = `Node ${version}`;
  if (Number(version.split('.')[0]) >= nodeMin) return good('node', found);
  return bad('node', found, `Install Node ${nodeMin} or newer, or start through \`npm start\`, which brings one.`);
}

export function checkPorts(ports: readonly PortFact[]): Check {
  const taken = ports.filter((one) => one.state === 'taken');
  const first = taken[0];
  if (!first) {
    const ours = ports.filter((one) => one.state === 'ours').length;
    return good('ports', `${ours} of ${ports.length} are ours, the others are free`);
  }
  const found = taken.map((one) => `${one.port} (${one.name})`).join(', ');
  const look = `ss -ltnp 'sport = :${first.port}'`;
  return bad('ports', `taken by somebody else: ${found}`, `See who: ${look}. Stop it, or move ours: --port-base N.`);
}

export function checkDisk({ dir, writable, freeBytes, totalBytes }: DiskFact): Check {
  if (!writable)
    return bad('disk', `${dir} cannot be written`, 'Change its owner or rights, or name another: --data DIR.');
  const found = `${sayBytes(freeBytes)} of ${sayBytes(totalBytes)} are free for ${dir}`;
  if (freeBytes >= freeMin && freeBytes >= totalBytes * freeShareMin) return good('disk', found);
  return bad('disk', found, 'Free some, or name a folder on a larger disk with --data DIR.');
}

/** `aheadMs`: how far the cloud's clock is ahead; `builtAt`: no true time is before this program was made. */
export function checkClock(now: number, builtAt: number, aheadMs: number | undefined): Check {
  if (now < builtAt)
    return bad('clock', `it says ${new Date(now).toISOString()}`, 'Set it, best by NTP: timedatectl set-ntp true');
  if (aheadMs === undefined) return good('clock', 'plausible; not compared with the cloud');
  const found = `${Math.abs(aheadMs / 1_000).toFixed(1)} s ${aheadMs < 0 ? 'ahead of' : 'behind'} the cloud's`;
  return Math.abs(aheadMs) <= clockMax ? good('clock', found) : bad('clock', found, 'Let both be set by NTP.');
}

export function checkCloud(health: HealthView | undefined, url: string, why: string): Check {
  if (health) return good('cloud', `${url} answers`);
  return bad('cloud', why, 'Start it: `npm start`, or `selvedge start cloud` while `up` runs. Elsewhere: --cloud URL.');
}

export function checkVersions(ours: string, health: HealthView | undefined): Check {
  if (!health) return unknown('versions', `command line ${ours}, cloud unknown`);
  const theirs = health.software.split(/[/ ]/).at(-1)!;
  const found = `command line ${ours}, cloud ${theirs}`;
  return theirs === ours ? good('versions', found) : bad('versions', found, 'Bring both to the same version.');
}

export function checkCertificates(certificates: readonly CertificateFact[], now: number): Check {
  if (certificates.length === 0) return unknown('certificates', 'none can be seen from here');
  const found = certificates
    .map((one) => `${one.name} until ${new Date(one.validTo).toISOString().slice(0, 10)}`)
    .join(', ');
  const early = certificates.find((one) => now < one.validFrom);
  if (early) return bad('certificates', `${early.name} is not valid yet: ${found}`, 'Set the clock of this machine.');
  const late = certificates.find((one) => now + renewBefore > one.validTo);
  if (!late) return good('certificates', found);
  return bad('certificates', `${late.name} ends soon or has ended: ${found}`, 'Enrol the node with a new token.');
}

export function checkLink(nodes: readonly NodeView[] | undefined): Check {
  if (!nodes) return unknown('link', 'the cloud does not say');
  if (nodes.length === 0)
    return bad('link', 'no edge node has enrolled', 'Start one: `npm start`, or `selvedge edge`.');
  const away = nodes.filter((node) => !node.online);
  if (away.length === 0) return good('link', `${nodes.length} of ${nodes.length} nodes are connected`);
  const names = away.map((node) => node.id).join(', ');
  return bad(
    'link',
    `not connected: ${names}`,
    'See whether the node runs, its network, and its log; readings wait there.',
  );
}

export function checkBacklog(nodes: readonly NodeView[] | undefined, now: number): Check {
  if (!nodes) return unknown('backlog', 'the cloud does not say');
  const told = nodes.flatMap(({ id, report }) => (report ? [{ id, report }] : []));
  if (told.length === 0) return unknown('backlog', 'no node has told yet');
  const pending = told.reduce((sum, { report }) => sum + report.journal.pending, 0);
  const expired = told.reduce((sum, { report }) => sum + report.journal.expired, 0);
  const oldest = Math.min(...told.map(({ report }) => report.time));
  const found = `${pending} records on their way, ${expired} expired${ageOf(now - oldest)}`;
  if (expired > 0)
    return bad('backlog', found, 'Raise journal.sizeMax or journal.ageMax of the edge, or mend the link.');
  if (pending > backlogMax)
    return bad('backlog', found, 'The link cannot keep up or was away for long: watch whether it falls.');
  return good('backlog', found);
}

const ageOf = (age: Duration | number): string =>
  age > reportMax ? `, as told ${Math.round(age / 60_000)} min ago` : '';

export function checkAudit(audit: AuditView | undefined): Check {
  if (!audit) return unknown('audit', 'the cloud does not say');
  const found = `${audit.lost} lost, ${audit.doubled} doubled, ${audit.altered} altered`;
  if (audit.balanced) return good('audit', audit.complete ? found : `${found}; not every node answered`);
  return bad('audit', found, 'See what does not balance: selvedge audit');
}
