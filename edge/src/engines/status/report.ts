import type { Journal } from '@selvedge/journal';
import type { Metrics } from '@selvedge/kernel';
import { type BridgeState, type LinkUse, lanes, type NodeReport } from '@selvedge/protocol';
import type { edgeMetrics } from '../../metrics.ts';

/** Where the numbers of a report come from. */
export interface ReportParts {
  readonly journal: Journal;
  readonly counts: {
    readonly readings: number;
    readonly quarantined: number;
    readonly refused: number;
    readonly plain: number;
  };
  readonly devices: { readonly count: number };
  readonly clients: () => number;
  /** First offset of each lane that the cloud does not have. */
  readonly acknowledged: () => readonly number[];
  readonly memoryBytes: () => number;
  /** How the link is used; undefined without one. */
  readonly use: () => LinkUse | undefined;
  readonly bridges: (() => readonly BridgeState[]) | undefined;
}

/** How the node is, for the cloud and for its own pages. */
export function nodeReport(parts: ReportParts, startedAt: number, now: number): Omit<NodeReport, 'mode'> {
  const { journal, counts } = parts;
  const use = journal.use();
  const head = journal.head.offset;
  const link = parts.use();
  return {
    time: now,
    startedAt,
    clients: parts.clients(),
    devices: parts.devices.count,
    readingsTotal: counts.readings,
    quarantinedTotal: counts.quarantined,
    refusedTotal: counts.refused,
    unmappedTotal: counts.plain,
    journal: {
      sizeBytes: use.sizeBytes,
      firstOffset: use.firstOffset,
      headOffset: head,
      pending: pendingOf(parts.acknowledged(), head),
      expired: use.classes.reduce((sum, one) => sum + one.expired, 0),
    },
    memoryBytes: parts.memoryBytes(),
    ...(link && { link }),
    ...(parts.bridges && { bridges: parts.bridges() }),
  };
}

/** Lanes share one row of offsets, so the one that is furthest behind tells how much can be missing at most. */
const pendingOf = (acknowledged: readonly number[], head: number): number =>
  Math.max(0, ...acknowledged.map((offset) => head - offset));

/** Brings the metrics up to date and shows them; counting happens in the engines, not here. */
export function exposeMetrics(
  metrics: Metrics<typeof edgeMetrics>,
  report: Omit<NodeReport, 'mode'>,
  counts: { readonly duplicates: number; readonly reasons: ReadonlyMap<string, number> },
  commands: { readonly outstanding: number; readonly crowded: number },
  link: { readonly mode: 'online' | 'offline'; readonly refused: number } | undefined,
): string {
  metrics.readings.set(report.readingsTotal);
  metrics.duplicates.set(counts.duplicates);
  for (const [reason, count] of counts.reasons) metrics.quarantined.set(count, reason);
  metrics.refused.set(report.refusedTotal);
  metrics.plain.set(report.unmappedTotal);
  metrics.devices.set(report.devices);
  metrics.clients.set(report.clients);
  metrics.journalBytes.set(report.journal.sizeBytes);
  metrics.journalPending.set(report.journal.pending);
  metrics.journalExpired.set(report.journal.expired);
  metrics.commandsOutstanding.set(commands.outstanding);
  metrics.commandsCrowded.set(commands.crowded);
  metrics.online.set(link?.mode === 'online' ? 1 : 0);
  metrics.linkRefused.set(link?.refused ?? 0);
  if (report.link) exposeLink(metrics, report.link);
  return metrics.expose();
}

function exposeLink(metrics: Metrics<typeof edgeMetrics>, link: LinkUse): void {
  for (const [klass, use] of link.classes.entries()) {
    const name = lanes[klass]!;
    metrics.linkBytes.set(use.bytes, name);
    metrics.linkWaiting.set(use.waiting, name);
    metrics.linkDemoted.set(use.demoted, name);
    metrics.linkDropped.set(use.dropped, name);
  }
  metrics.linkCapacity.set(link.capacityBytesPerSecond);
  metrics.linkCongestion.set(link.congestion);
  metrics.linkInFlight.set(link.inFlightBytes);
  metrics.linkMonthBytes.set(link.meter.upBytes, 'up');
  metrics.linkMonthBytes.set(link.meter.downBytes, 'down');
}
