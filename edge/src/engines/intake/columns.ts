import type { Shape, Value } from '@selvedge/protocol';
import type { ReadingColumns } from '../../ports.ts';

export const emptyColumns = (): ReadingColumns => ({
  count: 0,
  offset: [],
  device: [],
  takenAt: [],
  receivedAt: [],
  boot: [],
  seq: [],
  quality: [],
  shape: [],
  valueAt: [],
  numberCount: 0,
  numbers: [],
  texts: new Map(),
});

export interface ColumnsRow {
  offset: number;
  device: number;
  takenAt: number;
  receivedAt: number;
  boot: number;
  seq: number;
  /** 0 unless told. */
  quality?: number;
  shape: Shape;
}

/** Adds one reading; `values` are in the order of the shape. */
export function pushRow(columns: ReadingColumns, row: ColumnsRow, values: readonly Value[]): void {
  const at = columns.count++;
  columns.offset[at] = row.offset;
  columns.device[at] = row.device;
  columns.takenAt[at] = row.takenAt;
  columns.receivedAt[at] = row.receivedAt;
  columns.boot[at] = row.boot;
  columns.seq[at] = row.seq;
  columns.quality[at] = row.quality ?? 0;
  columns.shape[at] = row.shape;
  columns.valueAt[at] = columns.numberCount;
  for (let i = 0; i < row.shape.names.length; i++) {
    const value = values[i]!;
    const place = columns.numberCount++;
    if (typeof value === 'number') columns.numbers[place] = value;
    else if (typeof value === 'boolean') columns.numbers[place] = value ? 1 : 0;
    else {
      columns.numbers[place] = Number.NaN;
      columns.texts.set(place, value);
    }
  }
}

/** Forgets all rows but keeps the room. */
export function clearColumns(columns: ReadingColumns): void {
  columns.count = 0;
  columns.numberCount = 0;
  if (columns.texts.size > 0) columns.texts.clear();
}

/** The values of a row as the device sent them. */
export function rowValues(columns: ReadingColumns, row: number): Record<string, Value> {
  const shape = columns.shape[row]!;
  const at = columns.valueAt[row]!;
  return Object.fromEntries(
    shape.names.map((name, index) => {
      const text = columns.texts.get(at + index);
      if (text !== undefined) return [name, text];
      const number = columns.numbers[at + index]!;
      return [name, shape.kinds[index] === 1 ? number === 1 : number];
    }),
  );
}
