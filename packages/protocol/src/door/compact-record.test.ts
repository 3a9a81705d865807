import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { node } from '../../test/hear.ts';
import { type CompactRecord, encodeCompactRecord } from './compact-record.ts';
import { encodeMessagePack } from './message-pack-encode.ts';

const seed = 3_434;
const hear = node([{ preset: 'compact-record' }]);
const topic = 'sensors/pump-7/compact-record';
const whole: CompactRecord = {
  id: 'pump-7',
  time: 1_700_000_000_123,
  values: { temperature: -21.5, humidity: 40, pressure: 1_013.2 },
  flags: { online: true, low_battery: false },
};
const record = (one: CompactRecord): Buffer => {
  const encoded = encodeCompactRecord(one);
  assert.ok(!('why' in encoded), 'why' in encoded ? encoded.why : '');
  return encoded;
};
const enveloped = (format: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([Uint8Array.of(format, bytes.length >> 8, bytes.length & 0xff), bytes]);

test('compact record: its 34 bytes do not change [COD-23]', () => {
  const hex = [
    '06 70756d702d3700000000000000000000', // id
    '0000018bcfe5687b', // time
    'ff29 0190 2794 8000', // −21.5, 40, 1013.2, none
    '11', // online; alarm absent
  ];
  assert.equal(record(whole).toString('hex'), hex.join('').replaceAll(' ', ''));
});

test('compact record: alone or in its envelope it becomes a reading; what is absent has no value [COD-23]', () => {
  const values = { temperature: -21.5, humidity: 40, pressure: 1_013.2, online: true, low_battery: false };
  for (const payload of [record(whole), enveloped(2, record(whole))]) {
    const heard = hear(topic, payload);
    assert.equal(heard?.device, 'pump-7');
    assert.deepEqual(heard?.readings, [{ takenAt: 1_700_000_000_123, values }]);
  }
});

test('compact record: an envelope holds JSON and MessagePack as well [COD-23]', () => {
  const values = { flow: 4.2 };
  assert.deepEqual(hear(topic, enveloped(0, Buffer.from('{"flow":4.2}')))?.readings, [{ takenAt: -1, values }]);
  assert.deepEqual(hear(topic, enveloped(1, encodeMessagePack(values)))?.readings, [{ takenAt: -1, values }]);
});

test('compact record: one of another device is refused, and one that names none is of its topic [COD-24]', () => {
  assert.equal(hear(topic, record({ ...whole, id: 'pump-8' }))?.reason, 'id-foreign');
  assert.equal(hear(topic, record({ ...whole, id: '' }))?.reason, undefined);
});

test('compact record: bytes that are none are refused with a reason [COD-24]', () => {
  const changed = (at: number, byte: number): string | undefined => {
    const bytes = record(whole);
    bytes[at] = byte;
    return hear(topic, bytes)?.reason;
  };
  assert.equal(changed(0, 17), 'payload-not-compact');
  assert.equal(changed(1, 0xff), 'payload-not-utf8');
  assert.equal(changed(17, 0xff), 'time-unreadable');
  assert.equal(changed(33, 64), 'payload-not-compact');
  assert.equal(changed(33, 9), 'payload-not-compact');
  assert.equal(hear(topic, Buffer.alloc(2))?.reason, 'payload-not-compact');
  assert.equal(hear(topic, enveloped(3, record(whole)))?.reason, 'payload-not-compact');
  assert.equal(hear(topic, enveloped(2, record(whole)).subarray(0, 36))?.reason, 'payload-not-compact');
  assert.equal(hear(topic, record({ ...whole, values: {}, flags: {} }))?.reason, 'no-value');
});

test('compact record: what it cannot hold exactly is not written into it [COD-25]', () => {
  const why = (one: Partial<CompactRecord>): string => {
    const encoded = encodeCompactRecord({ ...whole, ...one });
    return 'why' in encoded ? encoded.why : '';
  };
  assert.match(why({ id: 'x'.repeat(17) }), /17 bytes/);
  assert.match(why({ time: 0.5 }), /whole milliseconds/);
  assert.match(why({ values: { temperature: 21.55 } }), /finer than a tenth/);
  assert.match(why({ values: { temperature: -0 } }), /finer/);
  assert.match(why({ values: { pressure: 3_276.8 } }), /beyond/);
  assert.match(why({ values: { pressure: -3_276.8 } }), /beyond/);
  assert.equal(why({ values: { pressure: 3_276.7 } }), '');
});

test(`compact record: every tenth in its range comes back exactly, and no bytes make it throw, seed ${seed} [COD-25]`, () => {
  const tenth = fc.option(
    fc.integer({ min: -32_767, max: 32_767 }).map((n) => n / 10),
    { nil: undefined },
  );
  const same = (temperature: number | undefined, battery: number | undefined, time: number): void => {
    const values = {
      ...(temperature === undefined ? {} : { temperature }),
      ...(battery === undefined ? {} : { battery }),
    };
    const heard = hear(topic, record({ ...whole, time, values }));
    const flags = { online: true, low_battery: false };
    // The record has no negative zero; a tenth that is none is −0 to nobody.
    const positive = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value + 0]));
    assert.deepEqual(heard?.readings, [{ takenAt: time, values: { ...positive, ...flags } }]);
  };
  fc.assert(fc.property(tenth, tenth, fc.nat(2 ** 40), same), { seed, numRuns: 500 });
  const any = (bytes: Uint8Array): void => void hear(topic, bytes);
  fc.assert(fc.property(fc.uint8Array({ minLength: 34, maxLength: 37 }), any), { seed, numRuns: 1_000 });
});
