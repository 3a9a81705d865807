import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import type { EdgeAudit, Gap, Imbalance, LedgerRow } from '@selvedge/protocol';

type Raw = Readonly<Record<string, unknown>>;

/** Rows that are read of each list; a node with more names the rest in its own log. */
const rowsMax = 10_000;

/** Reads a node's answer to the question `audit`. It came from outside, so every member that is used is checked. */
export function readEdgeAudit(raw: unknown): Decoded<EdgeAudit> {
  if (!isGroup(raw)) return undecodable('the answer is not an object');
  if (isGroup(raw['failed'])) return undecodable(`the node could not answer: ${String(raw['failed']['message'])}`);
  const { epoch, head, base, checked, broken, ledger, gaps } = raw;
  if (typeof epoch !== 'string') return undecodable('epoch is not text');
  if (!isPosition(head) || !isPosition(base)) return undecodable('head or base is not an offset with its hash');
  if (!isGroup(checked) || !hasCounts(checked, ['records', 'batches'])) return undecodable('checked has no counts');
  if (!hasCounts(raw, ['pending', 'expired', 'journaledReadings'])) return undecodable('a count is missing');
  if (
    !isListOf<EdgeAudit['broken'][number]>(
      broken,
      (row) => hasCounts(row, ['offset']) && typeof row['why'] === 'string',
    )
  )
    return undecodable('broken is not a list of offsets with why');
  if (!isListOf<LedgerRow>(ledger, (row) => typeof row['source'] === 'string' && hasCounts(row, ledgerCounts)))
    return undecodable('ledger is not a list of rows');
  if (!isListOf<Gap>(gaps, (row) => typeof row['lane'] === 'string' && hasCounts(row, ['from', 'to', 'count'])))
    return undecodable('gaps is not a list of gaps');
  const { closings } = raw;
  if (
    closings !== undefined &&
    !(isGroup(closings) && hasCounts(closings, ['judged']) && isImbalances(closings['imbalances']))
  )
    return undecodable('closings is not a count and a list of imbalances');
  const { pending, expired, journaledReadings, localReadings } = raw as unknown as EdgeAudit;
  const { records, batches } = checked as unknown as EdgeAudit['checked'];
  return decoded({
    epoch,
    head: { offset: head.offset, hash: head.hash },
    base: { offset: base.offset, hash: base.hash },
    checked: { records, batches },
    broken: broken.slice(0, rowsMax),
    pending,
    expired,
    journaledReadings,
    ...(Number.isSafeInteger(localReadings) && { localReadings: localReadings! }),
    ...(closings && { closings: closings as unknown as NonNullable<EdgeAudit['closings']> }),
    ledger: ledger.slice(0, rowsMax),
    gaps: gaps.slice(0, rowsMax),
  });
}

const ledgerCounts = ['received', 'refused', 'duplicates', 'quarantined', 'journaled'];

const isGroup = (raw: unknown): raw is Raw => typeof raw === 'object' && raw !== null && !Array.isArray(raw);

const hasCounts = (raw: Raw, names: readonly string[]): boolean =>
  names.every((name) => Number.isSafeInteger(raw[name]) && (raw[name] as number) >= 0);

const isListOf = <Row>(raw: unknown, isRow: (row: Raw) => boolean): raw is readonly Row[] =>
  Array.isArray(raw) && raw.every((row) => isGroup(row) && isRow(row));

const isImbalances = (raw: unknown): boolean =>
  isListOf<Imbalance>(
    raw,
    (row) =>
      typeof row['source'] === 'string' &&
      typeof row['why'] === 'string' &&
      Number.isFinite(row['from']) &&
      Number.isFinite(row['to']) &&
      isGroup(row['offsets']) &&
      hasCounts(row['offsets'], ['from', 'to']),
  );

const isPosition = (raw: unknown): raw is EdgeAudit['head'] =>
  isGroup(raw) && hasCounts(raw, ['offset']) && typeof raw['hash'] === 'string';
