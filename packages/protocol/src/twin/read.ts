import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { isDeviceId } from '../reading.ts';
import type { Base, Field, Write } from './field.ts';
import { type TwinFrame, type TwinRecord, twinFrameMax } from './record.ts';
import type { Stamp } from './stamp.ts';
import type { Owner } from './twin.ts';
import { isTwinPath, readTwinValue, twinMax } from './value.ts';
import type { Vector } from './vector.ts';

/** Reads the body of a record that a node wrote. Its program may be wrong, so every member is checked. */
export function readTwinRecord(raw: unknown): Decoded<TwinRecord> {
  const why = reading(() => {
    const record = objectIn(raw, 'the record');
    checkPart(record);
    numberIn(record['at'], 'at');
    const events = listIn(record['events'], 'events', 2 * twinMax.fields);
    for (const event of events) checkEvent(objectIn(event, 'an event'));
  });
  return why === undefined ? decoded(raw as TwinRecord) : undecodable(why);
}

/** Reads the body of a frame. Gives why it is none. */
export function readTwinFrame(raw: unknown): Decoded<TwinFrame> {
  const why = reading(() => {
    const frame = objectIn(raw, 'the frame');
    switch (frame['kind']) {
      case 'root':
        textIn(frame['root'], 'root', 64);
        return;
      case 'differs':
        return;
      case 'digests':
        if (typeof frame['last'] !== 'boolean') throw new Unfit('last is no switch');
        for (const pair of listIn(frame['digests'], 'digests', twinFrameMax)) {
          const [device, digest] = listIn(pair, 'a digest', 2);
          deviceIn(device);
          textIn(digest, 'a digest', 64);
        }
        return;
      case 'want':
        for (const device of listIn(frame['devices'], 'devices', twinFrameMax)) deviceIn(device);
        return;
      case 'state':
        if (typeof frame['whole'] !== 'boolean') throw new Unfit('whole is no switch');
        checkPart(frame);
        return;
      default:
        throw new Unfit(`${String(frame['kind']).slice(0, 32)} is no kind of twin frame`);
    }
  });
  return why === undefined ? decoded(raw as TwinFrame) : undecodable(why);
}

/** What a check throws; it never leaves this file. */
class Unfit extends Error {}

function reading(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (cause) {
    if (cause instanceof Unfit) return cause.message;
    throw cause;
  }
}

type Members = Readonly<Record<string, unknown>>;

function checkPart(part: Members): void {
  deviceIn(part['device']);
  const owner = objectIn(part['owner'], 'owner') as Partial<Owner>;
  textIn(owner.node, 'owner.node', 128);
  numberIn(owner.term, 'owner.term');
  const fields = Object.entries(objectIn(part['fields'], 'fields'));
  // Both sides may have been full of different fields.
  if (fields.length > 2 * twinMax.fields) throw new Unfit(`${fields.length} fields are too many`);
  for (const [path, raw] of fields) {
    if (!isTwinPath(path)) throw new Unfit(`${path.slice(0, twinMax.pathLength)} is no path of a twin`);
    checkField(path, objectIn(raw, path));
  }
}

function checkField(path: string, raw: Members): void {
  const { seen, writes } = raw as Partial<Field>;
  const vector = Object.entries(objectIn(seen, `seen of ${path}`) as Vector);
  if (vector.length > twinMax.replicas) throw new Unfit(`${path} was written by ${vector.length} replicas`);
  for (const [replica, number] of vector) {
    textIn(replica, `seen of ${path}`, 160);
    numberIn(number, `seen of ${path}`);
  }
  let before = '';
  for (const one of listIn(writes, `writes of ${path}`, twinMax.replicas)) {
    const write = checkWrite(objectIn(one, `a write of ${path}`));
    if (write.replica <= before) throw new Unfit(`writes of ${path} are not in order`);
    if (!(write.n <= (seen![write.replica] ?? 0))) throw new Unfit(`a write of ${path} has not seen itself`);
    before = write.replica;
  }
}

function checkWrite(raw: Members): Write {
  textIn(raw['replica'], 'replica', 160);
  numberIn(raw['n'], 'n');
  checkStamp(raw['stamp']);
  textIn(raw['by'], 'by', 256);
  if (raw['about'] !== undefined) textIn(raw['about'], 'about', 64);
  checkValue(raw['value']);
  if (raw['base'] !== undefined) {
    const base = objectIn(raw['base'], 'base') as Partial<Base>;
    checkStamp(base.stamp);
    checkValue(base.value);
  }
  return raw as unknown as Write;
}

function checkEvent(event: Members): void {
  textIn(event['id'], 'id of an event', 64);
  if (!isTwinPath(String(event['path']))) throw new Unfit('an event has no path');
  numberIn(event['at'], 'at');
  if (event['kind'] === 'clamp') {
    checkStamp(event['from']);
    checkStamp(event['to']);
    textIn(event['replica'], 'replica', 160);
    numberIn(event['n'], 'n');
    return;
  }
  if (event['kind'] !== 'conflict') throw new Unfit('an event is neither a conflict nor a clamp');
  const writes = listIn(event['writes'], 'writes of an event', 2);
  if (writes.length !== 2) throw new Unfit('a conflict has not two writes');
  for (const write of writes) checkWrite(objectIn(write, 'a write'));
  textIn(event['policy'], 'policy', 16);
  if (typeof event['parked'] !== 'boolean') throw new Unfit('parked is no switch');
  checkValue(event['after']);
}

function checkStamp(raw: unknown): void {
  const { wall, counter } = objectIn(raw, 'a stamp') as Partial<Stamp>;
  numberIn(wall, 'wall');
  numberIn(counter, 'counter');
}

function checkValue(raw: unknown): void {
  const read = raw === undefined ? undefined : readTwinValue(raw);
  if (read && !read.ok) throw new Unfit(`a value cannot be used: ${read.why}`);
}

function objectIn(raw: unknown, what: string): Members {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) throw new Unfit(`${what} is no object`);
  return raw as Members;
}

function listIn(raw: unknown, what: string, most: number): readonly unknown[] {
  if (!Array.isArray(raw) || raw.length > most) throw new Unfit(`${what} are no list of at most ${most}`);
  return raw;
}

function textIn(raw: unknown, what: string, most: number): void {
  if (typeof raw !== 'string' || raw.length > most) throw new Unfit(`${what} is no text of at most ${most} characters`);
}

function numberIn(raw: unknown, what: string): void {
  if (!Number.isSafeInteger(raw) || (raw as number) < 0) throw new Unfit(`${what} is no whole number`);
}

function deviceIn(raw: unknown): void {
  if (typeof raw !== 'string' || !isDeviceId(raw)) throw new Unfit('the device is no device id');
}
