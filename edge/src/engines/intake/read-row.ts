import { type Journal, visitRecords } from '@selvedge/journal';
import { classOf, readReading, readReadingName, type Shapes } from '@selvedge/protocol';
import type { ReadingColumns, Snapshots } from '../../ports.ts';
import { pushRow } from './columns.ts';
import type { DeviceTable } from './devices.ts';

/** Reads a journaled reading into columns; false when the record is none, or its device is one too many. */
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
  if (!reading.ok) return false;
  const { device, takenAt, receivedAt, boot = -1, seq = -1 } = reading.value;
  const index = devices.indexOf(device);
  if (index < 0) return false;
  const names = Object.keys(reading.value.values);
  const values = Object.values(reading.value.values);
  const shape = table.of(names, values, names.length);
  pushRow(columns, { offset, device: index, takenAt, receivedAt, boot, seq, shape }, values);
  return true;
}

const snapshotName = 'devices';

/** Keeps the names of the newest durable readings; `offset` is the durable end that they belong to. */
export async function saveNames(devices: DeviceTable, offset: number, snapshots: Snapshots): Promise<void> {
  await snapshots.write(snapshotName, Buffer.from(JSON.stringify({ offset, names: devices.snapshot() })));
}

/** Learns again which readings were heard: from the snapshot, then from what was journaled after it. */
export async function restoreNames(devices: DeviceTable, journal: Journal, snapshots: Snapshots): Promise<void> {
  const saved = await snapshots.read(snapshotName);
  let from = 0;
  if (saved) {
    const { offset, names } = JSON.parse(saved.toString('utf8')) as { offset: number; names: string };
    // A snapshot beyond the durable end belongs to another journal: what it says of names proves nothing here.
    if (offset <= journal.head.offset) {
      devices.restore(names);
      from = offset;
    }
  }
  for await (const batch of journal.read(from, { classes: [classOf('reading')] })) {
    visitRecords(batch, (body, start) => {
      const name = readReadingName(body, start);
      const index = name ? devices.indexOf(name.device) : -1;
      if (name && index >= 0) devices.settle(index, name.boot, name.seq);
    });
  }
}
