import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { days } from '@selvedge/kernel';
import {
  type CommandAnswer,
  defaultTopicMaps,
  encodeReading,
  type Quarantined,
  quality,
  type ReadingFields,
  readingSizeMax,
  readReading,
  type Status,
  writeReading,
} from '@selvedge/protocol';
import { verdict } from '../../ports.ts';
import { deviceTable } from './devices.ts';
import { type IntakeSink, intakeEngine } from './intake.ts';
import { readingsOf } from './routes.ts';

const now = 1_800_000_000_000;
const options = { topicMaps: defaultTopicMaps, pastMax: days(366), futureMax: days(1), payloadMax: 4_096 };

/** An intake with a sink that keeps everything, or refuses like a full journal. */
function setUp(devicesMax = 10) {
  const devices = deviceTable(devicesMax);
  const kept = {
    records: [] as Buffer[],
    statuses: [] as Status[],
    answers: [] as [string, CommandAnswer][],
    quarantined: [] as Quarantined[],
  };
  const disk: { full: boolean } = { full: false };
  const guard = (): void => {
    if (disk.full) throw new Error('full');
  };
  const sink: IntakeSink = {
    reading(device: number, fields: ReadingFields) {
      guard();
      // As the books do, when it is durable.
      devices.countTerm(device, 'journaled', 1);
      const room = Buffer.alloc(readingSizeMax(fields));
      kept.records.push(room.subarray(0, writeReading(room, 0, fields)));
    },
    status: (status) => void kept.statuses.push(status),
    answer: (device, answer) => void kept.answers.push([device, answer]),
    quarantine: (one) => void kept.quarantined.push(one),
    twin: () => undefined,
  };
  const engine = intakeEngine(options, devices, sink);
  const take = (topic: string, payload: string | Buffer, unsure = false) => {
    const bytes = Buffer.from(payload as string);
    return engine.take(topic, bytes, 0, bytes.length, now, unsure);
  };
  const readings = () =>
    kept.records.map((record) => readReading(record)).map((one) => (one.ok ? one.value : assert.fail(one.why)));
  return { devices, disk, engine, kept, readings, take };
}

test('intake: a JSON object on a mapped topic becomes one canonical reading [EDG-1]', () => {
  const { kept, readings, take } = setUp();
  assert.equal(
    take('sensors/pump-7/data', '{"temperature":91.5,"running":true,"mode":"auto","timestamp":1799999999}'),
    verdict.taken,
  );
  const reading = readings()[0]!;
  assert.deepEqual(reading, {
    device: 'pump-7',
    takenAt: 1_799_999_999_000,
    receivedAt: now,
    values: { temperature: 91.5, running: true, mode: 'auto' },
    quality: 0,
  });
  assert.deepEqual(kept.records[0], encodeReading(reading));
});

test('intake: a payload without a time is taken at arrival and says so [EDG-2]', () => {
  const { readings, take } = setUp();
  take('sensors/a/data', '{"t":1}');
  assert.equal(readings()[0]!.takenAt, now);
  assert.equal(readings()[0]!.quality, quality.timeFromEdge);
});

test('intake: what a device sent behind a refused reading waits until that one comes again, or a while [EDG-33]', () => {
  const { devices, disk, engine, readings } = setUp();
  const send = (seq: number, at = now, boot = 1) => {
    const bytes = Buffer.from(JSON.stringify({ $boot: boot, $seq: seq, t: 1 }));
    return engine.take('sensors/a/data', bytes, 0, bytes.length, at, false);
  };
  const isRefused = (seq: number, at = now, boot = 1): void => assert.throws(() => send(seq, at, boot));
  send(1);
  disk.full = true;
  isRefused(2);
  isRefused(3);
  disk.full = false;
  isRefused(3);
  assert.equal(send(1), verdict.duplicate);
  send(2, now + 1);
  send(3, now + 1);
  // A commit that failed later took it back.
  devices.resends.refused(devices.indexOf('a'), 1, 4, now);
  isRefused(5);
  send(1, now, 2);
  devices.resends.refused(devices.indexOf('a'), 2, 2, now);
  isRefused(3, now + 1_999, 2);
  // A request waits for its answer, so nothing is behind it.
  const request = Buffer.from('{"$boot":2,"$seq":3,"t":1}');
  assert.equal(engine.takeAs(readingsOf('a', 'json'), request, 0, request.length, now, false).taken, 1);
  devices.resends.refused(devices.indexOf('a'), 2, 4, now);
  isRefused(5, now, 2);
  send(5, now + 2_000, 2);
  devices.resends.refused(devices.indexOf('a'), 2, 6, now);
  send(7, now - 1e9, 2);
  assert.deepEqual(
    readings().map(({ boot, seq }) => [boot, seq]),
    [
      [1, 1],
      [1, 2],
      [1, 3],
      [2, 1],
      [2, 3],
      [2, 5],
      [2, 7],
    ],
  );
});

test('intake: what cannot become a reading is kept aside with a reason, and acknowledged [EDG-3]', () => {
  const cases: readonly [payload: string | Buffer, reason: string][] = [
    ['{"t":', 'payload-not-json'],
    ['[1]', 'payload-not-object'],
    ['{}', 'no-value'],
    ['{"t":1e999}', 'value-not-finite'],
    ['{"t":NaN}', 'payload-not-json'],
    ['{"t":1,"timestamp":"yesterday"}', 'time-unreadable'],
    ['{"t":1,"timestamp":1600000000}', 'time-implausible'],
    ['{"t":1,"timestamp":1990000000}', 'time-implausible'],
    ['{"t":1,"$seq":3}', 'sequence-unreadable'],
    ['{"t":1,"$seq":-1,"$boot":1}', 'sequence-unreadable'],
    ['{"t":1,"$other":1}', 'reserved-name'],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'payload-not-utf8'],
    [`{"t":"${'x'.repeat(5_000)}"}`, 'payload-too-large'],
  ];
  for (const [payload, reason] of cases) {
    const { engine, kept, take } = setUp();
    assert.equal(take('sensors/a/data', payload), verdict.taken, reason);
    assert.deepEqual(
      kept.quarantined.map((one) => one.reason),
      [reason],
    );
    assert.equal(kept.records.length, 0, reason);
    assert.equal(engine.counts.reasons.get(reason), 1);
    assert.ok(Buffer.from(kept.quarantined[0]!.payload, 'base64').length <= 1_024);
  }
});

test('intake: a payload that is too large to be read is known by its beginning and its size [EDG-3]', () => {
  const { engine, kept } = setUp();
  const beginning = Buffer.from('{"t":1}'.padEnd(1_024));
  const take = (topic: string) => engine.takeLarge(topic, beginning, 268_000_000, Date.UTC(2026, 0), false);
  assert.deepEqual([take('sensors/a/data'), take('else/a')], [verdict.taken, verdict.plain]);
  const [one] = kept.quarantined;
  assert.deepEqual(
    [one?.reason, one?.payloadBytes, Buffer.from(one!.payload, 'base64').equals(beginning)],
    ['payload-too-large', 268_000_000, true],
  );
  assert.deepEqual([kept.quarantined.length, engine.counts.plain, engine.counts.readings], [1, 1, 0]);
});

test('intake: while the clock is in doubt nothing is quarantined for its time, but it says so [EDG-4]', () => {
  const { readings, take } = setUp();
  take('sensors/a/data', '{"t":1,"timestamp":1600000000}', true);
  assert.equal(readings()[0]!.takenAt, 1_600_000_000_000);
  assert.equal(readings()[0]!.quality, quality.clockUnsure);
});

test('intake: a reading with a name that was heard is a duplicate, whatever came between [EDG-5]', () => {
  const { devices, readings, take } = setUp();
  const send = (boot: number, seq: number) => take('sensors/a/data', `{"t":1,"$boot":${boot},"$seq":${seq}}`);
  assert.deepEqual([send(1, 0), send(1, 1), send(1, 1), send(1, 0), send(2, 0), send(1, 1)], [0, 0, 1, 1, 0, 1]);
  assert.equal(readings().length, 3);
  assert.deepEqual(devices.closeLedger(), [
    { source: 'a', received: 6, refused: 0, duplicates: 3, quarantined: 0, journaled: 3 },
  ]);
});

test('intake: a reading that was refused is taken when it comes again after later ones [EDG-5]', () => {
  const { disk, engine, readings } = setUp();
  let at = now;
  const send = (seq: number) => {
    const bytes = Buffer.from(`{"t":1,"$boot":1,"$seq":${seq}}`);
    return engine.take('sensors/a/data', bytes, 0, bytes.length, at, false);
  };
  send(0);
  disk.full = true;
  assert.throws(() => send(1));
  disk.full = false;
  at += 10_000;
  assert.deepEqual([send(2), send(1), send(1), send(2)], [0, 0, 1, 1]);
  assert.deepEqual(
    readings().map((reading) => reading.seq),
    [0, 2, 1],
  );
});

test('intake: a name from a boot long gone is stored in doubt rather than lost [EDG-5]', () => {
  const { take } = setUp();
  const send = (boot: number) => take('sensors/a/data', `{"t":1,"$boot":${boot},"$seq":0}`);
  assert.deepEqual([send(1), send(2), send(3), send(2), send(1)], [0, 0, 0, 1, 0]);
});

test('intake: a name whose commit was refused is new again, one that is durable is not [EDG-6]', () => {
  const { devices, take } = setUp();
  const send = (seq: number) => take('sensors/a/data', `{"t":1,"$boot":1,"$seq":${seq}}`);
  send(0);
  devices.settle(0, 1, 0);
  send(1);
  devices.forgetUnsettled();
  assert.deepEqual([send(0), send(1)], [verdict.duplicate, verdict.taken]);
});

test('intake: what the journal refuses is refused, and its name stays new [EDG-6]', () => {
  const { devices, disk, take } = setUp();
  disk.full = true;
  assert.throws(() => take('sensors/a/data', '{"t":1,"$boot":1,"$seq":0}'), /full/);
  disk.full = false;
  assert.equal(take('sensors/a/data', '{"t":1,"$boot":1,"$seq":0}'), verdict.taken);
  assert.deepEqual(devices.closeLedger()[0], {
    source: 'a',
    received: 2,
    refused: 1,
    duplicates: 0,
    quarantined: 0,
    journaled: 1,
  });
});

test('intake: a device beyond the bound is refused, the others are not disturbed [EDG-7]', () => {
  const { take } = setUp(2);
  assert.deepEqual(
    ['a', 'b', 'c', 'a'].map((id) => take(`sensors/${id}/data`, '{"t":1}')),
    [0, 0, verdict.refused, 0],
  );
});

test('intake: status and results have their own way, everything else is plain messaging and counted [EDG-8]', () => {
  const { engine, kept, take } = setUp();
  take('devices/a/status', 'offline');
  take('devices/a/status', '{"status":"online","battery":3.1}');
  take('commands/a/result', '{"id":"c-1","status":"failed","result":"jammed"}');
  assert.equal(take('chat/room', 'hello'), verdict.plain);
  assert.deepEqual(
    kept.statuses.map((one) => one.online),
    [false, true],
  );
  assert.deepEqual(kept.answers, [['a', { id: 'c-1', state: 'failed', result: 'jammed' }]]);
  assert.equal(engine.counts.plain, 1);
});
