import { type Journal, visitRecords } from '@selvedge/journal';
import {
  decodeRecord,
  quality,
  readingClasses,
  readReading,
  readReadingName,
  recordKind,
  type Shapes,
} from '@selvedge/protocol';
import type { NamedPublish, ReadingColumns, Snapshots } from '../../ports.ts';
import { pushRow } from './columns.ts';
import type { DeviceTable } from './devices.ts';
import type { LedgerName } from './named-publishes.ts';
import type { LedgerReceipt, Receipt, Receipts } from './receipts.ts';

/**
 * Reads a journaled reading into columns; false when the record is none, or one that the node derived, or its device is
 * one too many.
 */
export function readRow(
  columns: ReadingColumns,
  devices: DeviceTable,
  table: Shapes,
  body: Buffer,
  start: number,
  end: number,
  offset: number,
): boolean {
  const reading = readReading(body, start, end);
  if (!reading.ok || (reading.value.quality & quality.redacted) !== 0) return false;
  const { device, takenAt, receivedAt, boot = -1, seq = -1 } = reading.value;
  const index = devices.indexOf(device);
  if (index < 0) return false;
  const names = Object.keys(reading.value.values);
  const values = Object.values(reading.value.values);
  const shape = table.of(names, values, names.length);
  const row = { offset, device: index, takenAt, receivedAt, boot, seq, quality: reading.value.quality, shape };
  pushRow(columns, row, values);
  return true;
}

const snapshotName = 'devices';

/** What a node remembers of requests and readings, and from which offset on the journal knows more. */
interface Saved {
  readonly offset: number;
  readonly names: string;
  readonly receipts?: readonly Receipt[];
  readonly named?: readonly NamedPublish[];
}

/** Keeps the names of the newest durable readings and the receipts of requests; `offset` is the durable end that they belong to. */
export async function saveNames(
  devices: DeviceTable,
  receipts: Receipts,
  at: { readonly offset: number; readonly now: number },
  snapshots: Snapshots,
): Promise<void> {
  const saved: Saved = {
    offset: at.offset,
    names: devices.snapshot(),
    receipts: receipts.all(at.now),
    named: receipts.named.all,
  };
  await snapshots.write(snapshotName, Buffer.from(JSON.stringify(saved)));
}

/** Learns again which readings and requests were heard: from the snapshot, then from what was journaled after it. */
export async function restoreNames(
  devices: DeviceTable,
  receipts: Receipts,
  journal: Journal,
  snapshots: Snapshots,
): Promise<void> {
  const saved = await snapshots.read(snapshotName);
  let from = 0;
  if (saved) {
    const { offset, names, receipts: kept = [], named = [] } = JSON.parse(saved.toString('utf8')) as Saved;
    // A snapshot beyond the durable end belongs to another journal: what it says of names proves nothing here.
    if (offset <= journal.head.offset) {
      devices.restore(names);
      for (const receipt of kept) receipts.keep(receipt);
      for (const one of named) receipts.named.keep(one);
      from = offset;
    }
  }
  for await (const batch of journal.read(from, { classes: readingClasses })) {
    visitRecords(batch, (body, start, end) => {
      if (body[start] !== recordKind.reading) return restoreReceipt(receipts, body, start, end);
      // What was derived has the name of another, or none.
      const name = (body[start + 3]! & quality.redacted) !== 0 ? undefined : readReadingName(body, start);
      const index = name ? devices.indexOf(name.device) : -1;
      if (name && index >= 0) devices.settle(index, name.boot, name.seq);
    });
  }
}

function restoreReceipt(receipts: Receipts, bytes: Buffer, start: number, end: number): void {
  const record = decodeRecord(bytes, start, end);
  if (!record.ok || record.value.kind !== 'ledger') return;
  const body: object = record.value.body;
  if ('receipt' in body) receipts.keep((body as LedgerReceipt).receipt);
  else if ('named' in body) receipts.named.keep((body as LedgerName).named);
}
