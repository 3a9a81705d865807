import { Buffer } from 'node:buffer';
import { recordKind } from '../record/kind.ts';
import { adaptive } from './adaptive.ts';
import type { Coder } from './coder.ts';
import { column } from './columns.ts';
import { emptyScan, namedFlag, scanRecord } from './record-scan.ts';
import { addDevice, addSeries, addShape, hasRoom, type Series, type Session } from './session.ts';
import { codeTimes, type Times } from './times.ts';
import { valueCoder } from './values.ts';

/**
 * Codes journal records one by one: readings as what they differ in from what was expected, all else apart.
 *
 *   row = mask                          0, or the sum of the exceptions that it is
 *         [length, bytes apart]         apart; and no more
 *         [series]                      number, counted from that of the row before; the one after the last is a new one,
 *                                       and its device and shape follow alike, with length and bytes apart where new
 *         [flags quality [boot]]        head
 *         receivedAt takenAt            less what was expected
 *         [seq]                         less the one expected
 *         [form]×numbers                form: 0, or the new form plus one
 *         value×
 */
export interface RowCoder {
  /** Takes records from, or puts them to, `bytes` from now on. */
  begin(coder: Coder, bytes: Buffer): void;
  /** Codes the record in `[start, end)`; reading, puts the next record at `start`, within `end`. Gives where it ends. */
  code(start: number, end: number): number;
  /** Writer: a reading did not fit into what may be remembered, so the next bundle should begin anew. */
  readonly isFull: boolean;
}

const exception = { series: 1, head: 2, seq: 4, form: 8, apart: 16 } as const;

export function rowCoder(session: Session): RowCoder {
  const scan = emptyScan();
  const times: Times = { takenAt: 0, receivedAt: 0 };
  const values = valueCoder(session);
  let coder!: Coder;
  let bytes!: Buffer;
  let view!: DataView;
  let isFull = false;
  /** How many there were before this row. */
  let devicesBefore = 0;
  let shapesBefore = 0;
  let seriesBefore = 0;

  /** Writer: the series of the record, new ones included; undefined for what columns cannot hold. */
  const find = (start: number, end: number): Series | undefined => {
    if (!scanRecord(scan, session, bytes, view, start, end)) return undefined;
    if (scan.series) return scan.series;
    if (!hasRoom(session, bytes[scan.shapeAt]!)) {
      isFull = true;
      return undefined;
    }
    const device = scan.device ?? addDevice(session, copy(bytes, start + 5, scan.deviceEnd));
    const shape = scan.shape ?? addShape(session, copy(bytes, scan.shapeAt, scan.shapeEnd));
    return shape && addSeries(session, device, shape);
  };

  const maskOf = (series: Series, start: number): number => {
    const flags = bytes[start + 2]!;
    let mask = series === session.lastSeries?.next ? 0 : exception.series;
    if (flags !== series.flags || bytes[start + 3] !== series.quality) mask |= exception.head;
    if (flags === namedFlag) {
      if (view.getUint32(scan.deviceEnd + 16, true) !== series.device.boot) mask |= exception.head;
      if (view.getFloat64(scan.deviceEnd + 20, true) !== series.device.seq + 1) mask |= exception.seq;
    }
    return values.prepare(series, scan.shapeEnd) ? mask | exception.form : mask;
  };

  const codeApart = (start: number, end: number): number => {
    const length = adaptive(coder, session.sizes, column.length, end - start);
    if (!(length >= 0 && start + length <= end))
      throw new RangeError(`a record of ${length} bytes where ${end - start} are left`);
    coder.bytes(bytes, start, length);
    return start + length;
  };

  const codeIndex = (of: number, index: number, before: number): number =>
    before + adaptive(coder, session.sizes, of, index - before);

  const codeSeries = (series: Series | undefined): Series => {
    const { lastSeries } = session;
    const index = codeIndex(column.series, series?.index ?? 0, lastSeries?.index ?? -1);
    if (index !== seriesBefore) return series ?? known(session.series, index);
    const deviceAt = codeIndex(column.device, series?.device.index ?? 0, lastSeries?.device.index ?? -1);
    const id = deviceAt === devicesBefore ? codeName(series?.device.utf8) : undefined;
    const shapeAt = codeIndex(column.shape, series?.shape.index ?? 0, lastSeries?.shape.index ?? -1);
    const names = shapeAt === shapesBefore ? codeName(series?.shape.bytes) : undefined;
    if (series) return series;
    const room = names ?? known(session.shapes, shapeAt).bytes;
    if (!hasRoom(session, room[0] ?? 0)) throw new RangeError('more devices, shapes or values than may be remembered');
    const device = id ? addDevice(session, id) : known(session.devices, deviceAt);
    const shape = names ? addShape(session, names) : known(session.shapes, shapeAt);
    if (!shape) throw new RangeError(`${names?.length} bytes are no shape`);
    return addSeries(session, device, shape);
  };

  const codeName = (name: Uint8Array | undefined): Uint8Array => {
    const length = adaptive(coder, session.sizes, column.length, name?.length ?? 0);
    if (!(length >= 0 && length <= 0xffff)) throw new RangeError(`a name of ${length} bytes`);
    const own = name ?? new Uint8Array(length);
    coder.bytes(own, 0, length);
    return own;
  };

  const codeHead = (series: Series, start: number): void => {
    const { device } = series;
    series.flags = coder.byte(column.flags, coder.isReading ? 0 : bytes[start + 2]!);
    series.quality = coder.byte(column.quality, coder.isReading ? 0 : bytes[start + 3]!);
    series.template = undefined;
    if (series.flags > namedFlag) throw new RangeError(`flags ${series.flags} are unknown`);
    if (series.flags === namedFlag) {
      const boot = coder.isReading ? 0 : view.getUint32(scan.deviceEnd + 16, true);
      device.boot += coder.number(column.boot, 0, boot - device.boot);
    }
  };

  /** Reader: all of the record but its times, its name and its values. */
  const putTemplate = (series: Series, start: number, end: number): void => {
    const template = (series.template ??= templateOf(series));
    const { device, shape } = series;
    if (start + template.length + shape.valuesLength > end)
      throw new RangeError(`a reading of ${template.length + shape.valuesLength} bytes where ${end - start} are left`);
    template.copy(bytes, start);
    scan.deviceEnd = start + 5 + device.utf8.length;
    scan.shapeEnd = start + template.length;
  };

  return {
    begin(to, buffer) {
      coder = to;
      bytes = buffer;
      view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
      values.begin(to, buffer, view);
    },
    code(start, end) {
      const { isReading } = coder;
      devicesBefore = session.devices.length;
      shapesBefore = session.shapes.length;
      seriesBefore = session.series.length;
      const found = isReading ? undefined : find(start, end);
      const mask = coder.number(
        column.mask,
        session.lastMask,
        isReading ? 0 : found ? maskOf(found, start) : exception.apart,
      );
      session.lastMask = mask > 0 ? (mask > 1 ? 2 : 1) : 0;
      if (mask === exception.apart) return codeApart(start, end);
      const series = mask & exception.series ? codeSeries(found) : session.lastSeries?.next;
      if (!series) throw new RangeError('a row is of no series');
      if (mask & exception.head) codeHead(series, start);
      if (isReading) putTemplate(series, start, end);
      const { device } = series;
      const { deviceEnd } = scan;
      if (!isReading) {
        times.takenAt = view.getFloat64(deviceEnd, true);
        times.receivedAt = view.getFloat64(deviceEnd + 8, true);
      }
      codeTimes(coder, session, device.times, times);
      if (isReading) {
        view.setFloat64(deviceEnd, times.takenAt, true);
        view.setFloat64(deviceEnd + 8, times.receivedAt, true);
      }
      if (series.flags === namedFlag) {
        const expected = device.seq + 1;
        const seq = isReading ? 0 : view.getFloat64(deviceEnd + 20, true);
        device.seq = expected + (mask & exception.seq ? adaptive(coder, session.sizes, column.seq, seq - expected) : 0);
        if (isReading) {
          view.setUint32(deviceEnd + 16, device.boot, true);
          view.setFloat64(deviceEnd + 20, device.seq, true);
        }
      }
      if (session.lastSeries) session.lastSeries.next = series;
      session.lastSeries = series;
      const to = values.code(series, scan.shapeEnd, (mask & exception.form) !== 0);
      if (to > end) throw new RangeError(`a reading of ${to - start} bytes where ${end - start} are left`);
      return to;
    },
    get isFull() {
      return isFull;
    },
  };
}

const copy = (bytes: Buffer, start: number, end: number): Uint8Array =>
  Uint8Array.prototype.slice.call(bytes, start, end);

function known<One>(all: readonly One[], index: number): One {
  const one = all[index];
  if (one === undefined) throw new RangeError(`number ${index} of ${all.length}`);
  return one;
}

function templateOf({ device, shape, flags, quality }: Series): Buffer {
  const head = Uint8Array.of(recordKind.reading, 1, flags, quality, device.utf8.length);
  return Buffer.concat([head, device.utf8, new Uint8Array(flags === namedFlag ? 28 : 16), shape.bytes]);
}
