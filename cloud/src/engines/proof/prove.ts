import type { EdgeAudit, Imbalance, Interval } from '@selvedge/protocol';
import type { StoreAudit } from '../../ports.ts';

/** What both sides say of one journal, asked in this order: the node, `acknowledged`, the store, the hashes. */
export interface Evidence {
  /** Absent when the node did not answer. */
  readonly edge: EdgeAudit | undefined;
  readonly store: StoreAudit;
  /** Offsets that the node need not ship again: held or set aside. */
  readonly acknowledged: readonly Interval[];
  /** The store's hash after the offset before the node's head and base, where it has one; hexadecimal. */
  readonly hashAtHead: string | undefined;
  readonly hashAtBase: string | undefined;
  /** The store has compared everything; otherwise its counts of readings are of a part. */
  readonly isWhole?: boolean;
}

export interface Finding {
  readonly code: FindingCode;
  /** One line for a person, with numbers. */
  readonly message: string;
}

/** Every way in which two sides can fail to balance. */
export const findingCodes = [
  'STORE_BROKEN',
  'READINGS_LOST',
  'READINGS_DOUBLED',
  'READINGS_ALTERED',
  'BATCHES_SET_ASIDE',
  'EDGE_BROKEN',
  'EPOCH_DIFFERS',
  'HEAD_DIFFERS',
  'BASE_DIFFERS',
  'OFFSETS_MISSING',
  'READINGS_MISSING',
  'EXPIRY_UNNAMED',
  'LEDGER_UNBALANCED',
  'BOOKS_UNBALANCED',
] as const;
export type FindingCode = (typeof findingCodes)[number];

export interface Proof {
  readonly findings: readonly Finding[];
  /** Readings that the node holds for stored and that are not in telemetry. */
  readonly lost: number;
  readonly doubled: number;
  readonly altered: number;
  readonly pending: number;
  readonly expired: number;
}

/**
 * Holds what the node recomputed from its journal against what the store recomputed from its rows. Pure. Because the
 * store speaks after the node, it may know more than the node said, and never less.
 */
export function prove(evidence: Evidence): Proof {
  const { edge, store } = evidence;
  const missing = edge && edge.epoch === store.epoch ? compare(edge, evidence) : { findings: [], lost: 0 };
  const findings = [...storeFindings(evidence), ...(edge ? edgeFindings(edge, store.epoch) : []), ...missing.findings];
  return {
    findings,
    lost: store.lost + missing.lost,
    doubled: store.doubled,
    altered: store.altered,
    pending: edge?.pending ?? 0,
    expired: edge?.expired ?? store.expired,
  };
}

function storeFindings({ store, acknowledged }: Evidence): readonly Finding[] {
  const both = store.held.reduce((sum, [from, to]) => sum + overlap(acknowledged, { from, to }), 0);
  const aside = length(acknowledged) - both + store.pruned.aside;
  return [
    ...store.broken.map(({ offset, why }) => finding('STORE_BROKEN', `in the store, at offset ${offset}: ${why}`)),
    ...some('READINGS_LOST', store.lost, 'in the log and not in telemetry'),
    ...some('READINGS_DOUBLED', store.doubled, 'in telemetry more than once, or without a place in the log'),
    ...some('READINGS_ALTERED', store.altered, 'in telemetry and other than in the log'),
    ...some('BATCHES_SET_ASIDE', aside, 'acknowledged and set aside because they could not be used', 'offsets'),
    ...store.rows
      .filter(isUnbalanced)
      .map((row) => finding('LEDGER_UNBALANCED', `shipped of ${row.source}: ${sumOf(row)}`)),
    ...store.closings.imbalances.map((one) => finding('BOOKS_UNBALANCED', `in the store, ${describeImbalance(one)}`)),
  ];
}

function edgeFindings(edge: EdgeAudit, epoch: string): readonly Finding[] {
  const namedCount = edge.gaps.reduce((sum, gap) => sum + gap.count, 0);
  return [
    ...(edge.epoch === epoch
      ? []
      : [finding('EPOCH_DIFFERS', `the node has journal ${edge.epoch}, the store ${epoch}`)]),
    ...edge.broken.map(({ offset, why }) => finding('EDGE_BROKEN', `at the node, at offset ${offset}: ${why}`)),
    // Where the beginning has been trimmed, so have old gap records.
    ...(edge.base.offset === 0 && edge.expired > namedCount
      ? [finding('EXPIRY_UNNAMED', `${edge.expired} records expired at the node, its gaps name ${namedCount}`)]
      : []),
    ...edge.ledger
      .filter(isUnbalanced)
      .map((row) => finding('LEDGER_UNBALANCED', `at the node, of ${row.source}: ${sumOf(row)}`)),
    ...(edge.closings?.imbalances ?? []).map((one) =>
      finding('BOOKS_UNBALANCED', `at the node, ${describeImbalance(one)}`),
    ),
  ];
}

function compare(edge: EdgeAudit, evidence: Evidence): { findings: readonly Finding[]; lost: number } {
  const { store, acknowledged, hashAtHead, hashAtBase } = evidence;
  const { head, base, pending, expired } = edge;
  // The node reads its journal while it grows; what it counted as pending goes as far as it had read.
  const end = Math.min(head.offset, base.offset + edge.checked.records);
  const holes = missingBelow(acknowledged, end);
  const [old, recent] = [within(holes, 0, base.offset), within(holes, base.offset, end)];
  // The records that name what expired long ago have themselves left the journal; its count of what expired has not.
  const missingOld = length(old) - Math.max(expired, named(old, edge));
  const unnamed = Math.max(0, missingOld) + Math.max(0, length(recent) - pending - named(recent, edge));
  // Expired records may or may not have been readings, so each side of the balance is a bound.
  const { isWhole = true } = evidence;
  const unstored = isWhole ? edge.journaledReadings - pending - expired - store.readings : 0;
  const differs = (name: string, offset: number): string =>
    `at offset ${offset}, the ${name} of the node's journal, node and store have different hashes`;
  return {
    lost: Math.max(0, unnamed, unstored),
    findings: [
      ...(hashAtHead === undefined || hashAtHead === head.hash
        ? []
        : [finding('HEAD_DIFFERS', differs('end', head.offset))]),
      ...(hashAtBase === undefined || base.hash === '' || hashAtBase === base.hash
        ? []
        : [finding('BASE_DIFFERS', differs('beginning', base.offset))]),
      ...some('OFFSETS_MISSING', unnamed, `below ${end} neither in the store nor pending nor expired`, 'offsets'),
      ...some('READINGS_MISSING', unstored, 'journaled at the node and not in the store'),
    ],
  };
}

/** Offsets in these holes that the node's gaps account for. */
const named = (holes: readonly Interval[], { gaps }: EdgeAudit): number =>
  gaps.reduce((sum, gap) => sum + Math.min(gap.count, overlap(holes, gap)), 0);

const isUnbalanced = (row: EdgeAudit['ledger'][number]): boolean =>
  row.received !== row.refused + row.duplicates + row.quarantined + row.journaled;

const sumOf = (row: EdgeAudit['ledger'][number]): string =>
  `received ${row.received}, but refused ${row.refused} + duplicates ${row.duplicates} + quarantined ${row.quarantined} + journaled ${row.journaled}`;

/** Source and interval of an imbalance, and what does not add up. */
export const describeImbalance = ({ source, from, to, offsets, why }: Imbalance): string =>
  `of ${source === '' ? 'all sources together' : source} from ${when(from)} to ${when(to)} (offsets ${offsets.from} to ${offsets.to - 1}): ${why}`;

/** What a node says of time may be anything. */
const when = (time: number): string => (Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : String(time));

const finding = (code: FindingCode, message: string): Finding => ({ code, message });

const some = (code: FindingCode, count: number, where: string, what = 'readings'): readonly Finding[] =>
  count > 0 ? [finding(code, `${count} ${what} ${where}`)] : [];

const within = (all: readonly Interval[], low: number, high: number): readonly Interval[] =>
  all.map(([from, to]): Interval => [Math.max(from, low), Math.min(to, high)]).filter(([from, to]) => from < to);

const length = (all: readonly Interval[]): number => all.reduce((sum, [from, to]) => sum + to - from, 0);

/** The parts of `[0, end)` that no interval holds; intervals are sorted and disjoint. */
function missingBelow(all: readonly Interval[], end: number): readonly Interval[] {
  const holes: Interval[] = [];
  let at = 0;
  for (const [from, to] of all) {
    if (from > at) holes.push([at, Math.min(from, end)]);
    at = Math.max(at, to);
    if (at >= end) return holes.filter((hole) => hole[0] < hole[1]);
  }
  return [...holes, [at, end] as const].filter((hole) => hole[0] < hole[1]);
}

const overlap = (all: readonly Interval[], gap: { readonly from: number; readonly to: number }): number =>
  all.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(to, gap.to) - Math.max(from, gap.from)), 0);
