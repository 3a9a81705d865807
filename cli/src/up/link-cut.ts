import { type Clock, minutes, seconds } from '@selvedge/kernel';
import type { Relay } from '../adapters/tcp/relay.ts';
import type { AuditView, NodeView } from '../cloud-views.ts';
import type { CloudApi } from '../ports.ts';
import { nodeId } from './child-specs.ts';

const firstAfter = seconds(60);
const thenEvery = minutes(5);
const lasts = seconds(20);
/** The edge needs its wait between attempts first; after this something is wrong. */
const catchUpMax = minutes(2);
const lookEvery = seconds(0.5);
/** So many records are always on their way while 20 devices report each second. */
const aliveMax = 40;

/** Cuts the edge off from the cloud now and then, and says what the audit found when it was back. Ends with `signal`. */
export async function cutLink(
  link: Relay,
  api: CloudApi,
  clock: Clock,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  await clock.sleep(firstAfter, signal);
  while (!signal.aborted) {
    await link.cut();
    try {
      await clock.sleep(lasts, signal);
    } finally {
      await link.mend();
    }
    // The cloud may have been stopped by hand meanwhile; then there is nothing to tell.
    const verdict = await caughtUp(api, clock, signal).catch(() => undefined);
    signal.throwIfAborted();
    if (verdict) say(verdict);
    await clock.sleep(thenEvery, signal);
  }
}

async function caughtUp(api: CloudApi, clock: Clock, signal: AbortSignal): Promise<string> {
  const mended = clock.ticks();
  const elapsed = (): number => (clock.ticks() - mended) / 1_000;
  while (!(await isOnline(api))) {
    if (elapsed() > catchUpMax / 1_000)
      return `${nodeId} did not come back within ${catchUpMax / 1_000} s: selvedge doctor`;
    await clock.sleep(lookEvery, signal);
  }
  let audit = await api.get<AuditView>('/v1/audit');
  while (audit.pending > aliveMax && elapsed() < catchUpMax / 1_000) {
    await clock.sleep(lookEvery, signal);
    audit = await api.get<AuditView>('/v1/audit');
  }
  return cutVerdict(audit, elapsed());
}

async function isOnline(api: CloudApi): Promise<boolean> {
  const node = await api.get<NodeView>(`/v1/nodes/${nodeId}`);
  return node.online;
}

/** One line: what the audit found after a cut. */
export function cutVerdict(audit: AuditView, elapsedSeconds: number): string {
  const found = `${audit.lost} lost, ${audit.doubled} doubled`;
  const back = `${nodeId} was cut off for ${lasts / 1_000} s and caught up in ${elapsedSeconds.toFixed(1)} s`;
  return audit.balanced ? `${back}: ${found}` : `${back}, but the audit does not balance: ${found}: selvedge audit`;
}
