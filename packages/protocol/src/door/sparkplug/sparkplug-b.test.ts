import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeWith, node } from '../../../test/hear.ts';
import { sparkplug, type WrittenMetric } from '../../../test/sparkplug.ts';
import { births } from './births.ts';
import { sparkplugB } from './sparkplug-b.ts';

const at = 1_700_000_000_000;
const edge = 'spBv1.0/plant/NBIRTH/line-3';
const press = 'spBv1.0/plant/DBIRTH/line-3/press';
const pressData = 'spBv1.0/plant/DDATA/line-3/press';

const nodeBirth = (seq: number, session: number, metrics: readonly WrittenMetric[] = []) =>
  sparkplug({
    timestamp: at,
    seq,
    metrics: [
      { name: 'bdSeq', timestamp: at, datatype: 4, long: session },
      { name: 'Node Control/Rebirth', timestamp: at, datatype: 11, boolean: false },
      ...metrics,
    ],
  });

const pressBirth = (seq: number) =>
  sparkplug({
    timestamp: at + 1,
    seq,
    metrics: [
      { name: 'force', alias: 1, timestamp: at + 1, datatype: 10, double: 12.5 },
      { name: 'delta', alias: 2, timestamp: at + 1, datatype: 3, int: 4_294_967_291 },
      { name: 'label', alias: 3, timestamp: at + 1, datatype: 12, isNull: true },
    ],
  });

const data = (seq: number, metrics: readonly WrittenMetric[]) => sparkplug({ timestamp: at + 9, seq, metrics });

/** A node that was born with its press; its next number is 2. */
function born() {
  const hear = node([{ preset: 'sparkplug-b' }]);
  hear(edge, nodeBirth(0, 7));
  hear(press, pressBirth(1));
  return hear;
}

test('sparkplug: births tell all values, and data by alias has the names and types of the birth [PRO-80]', () => {
  const hear = node([{ preset: 'sparkplug-b' }]);
  assert.deepEqual(hear(edge, nodeBirth(0, 7)), {
    device: 'plant:line-3',
    readings: [{ takenAt: at, values: { 'Node Control/Rebirth': false, online: true } }],
    reason: undefined,
    why: '',
  });
  assert.deepEqual(hear(press, pressBirth(1)), {
    device: 'plant:line-3:press',
    readings: [{ takenAt: at + 1, values: { force: 12.5, delta: -5, online: true } }],
    reason: undefined,
    why: '',
  });
  const changes = data(2, [
    { alias: 1, timestamp: at + 5, double: 13 },
    { alias: 2, timestamp: at + 5, int: 4_294_967_295 },
    { alias: 3, text: 'A' },
  ]);
  assert.deepEqual(hear(pressData, changes)?.readings, [
    { takenAt: at + 5, values: { force: 13, delta: -1 } },
    { takenAt: at + 9, values: { label: 'A' } },
  ]);
  assert.deepEqual(hear('spBv1.0/plant/NDATA/line-3', data(3, [{ name: 'load', datatype: 9, float: 0.5 }]))?.readings, [
    { takenAt: at + 9, values: { load: 0.5 } },
  ]);
});

test('sparkplug: an alias that no birth told is refused, and works when the birth has come [PRO-81]', () => {
  const hear = node([{ preset: 'sparkplug-b' }]);
  const change = (seq: number) => data(seq, [{ alias: 1, double: 13 }]);
  const early = hear(pressData, change(40));
  assert.equal(early?.reason, 'alias-unknown');
  assert.match(early!.why, /alias 1: .*no birth/);
  assert.equal(hear(pressData, data(41, [{ name: 'force', double: 13 }]))?.reason, undefined);
  hear(edge, nodeBirth(0, 7));
  assert.equal(hear(pressData, change(1))?.reason, 'alias-unknown');
  hear(press, pressBirth(2));
  assert.equal(hear(pressData, change(3))?.reason, undefined);
});

test('sparkplug: after a gap in seq no alias is believed until the next birth [PRO-81]', () => {
  const hear = born();
  const change = (seq: number) => hear(pressData, data(seq, [{ alias: 1, double: 13 }]))?.reason;
  assert.equal(change(2), undefined);
  assert.equal(change(2), undefined, 'the same message once more is no gap');
  assert.equal(change(4), 'alias-unknown');
  assert.equal(change(5), 'alias-unknown');
  assert.equal(hear(pressData, data(6, [{ name: 'force', double: 13 }]))?.reason, undefined);
  hear(press, pressBirth(7));
  assert.equal(change(8), undefined);
});

test('sparkplug: seq goes on at 0 after 255 [PRO-81]', () => {
  const hear = born();
  const expected = Array.from({ length: 600 }, () => undefined);
  const reasons = expected.map(
    (_, index) => hear(pressData, data((index + 2) % 256, [{ alias: 1, double: 1 }]))?.reason,
  );
  assert.deepEqual(reasons, expected);
});

test('sparkplug: a new birth of the node takes all aliases of its devices back [PRO-81]', () => {
  const hear = born();
  hear(edge, nodeBirth(0, 8));
  assert.equal(hear(pressData, data(1, [{ alias: 1, double: 13 }]))?.reason, 'alias-unknown');
});

test('sparkplug: deaths are the value online; one of a session that is past is refused [PRO-84]', () => {
  const hear = born();
  const death = (session: number) =>
    hear('spBv1.0/plant/NDEATH/line-3', sparkplug({ metrics: [{ name: 'bdSeq', datatype: 4, long: session }] }));
  assert.deepEqual(hear('spBv1.0/plant/DDEATH/line-3/press', data(2, []))?.readings, [
    { takenAt: at + 9, values: { online: false } },
  ]);
  assert.equal(hear(pressData, data(3, [{ alias: 1, double: 1 }]))?.reason, 'alias-unknown');
  assert.equal(death(6)?.reason, 'death-stale');
  assert.deepEqual(
    [death(7)?.device, death(7)?.readings],
    ['plant:line-3', [{ takenAt: -1, values: { online: false } }]],
  );
});

test('sparkplug: orders, STATE and topics of another form stay plain messages [PRO-71]', () => {
  const hear = node([{ preset: 'sparkplug-b' }]);
  for (const topic of [
    'STATE/scada',
    'plant/NCMD/line-3',
    'plant/DCMD/line-3/press',
    'plant/NBIRTH',
    'plant/NBIRTH/line-3/press',
    'plant/DBIRTH/line-3',
    'plant/DDATA/line-3/press/x',
    'plant/DDATA/line-3/',
    '/NDATA/line-3',
    'plant/constructor/line-3',
    'plant/__proto__/line-3',
  ])
    assert.equal(hear(`spBv1.0/${topic}`, data(0, [])), undefined, topic);
});

test('sparkplug: names with a colon make no two devices one [PRO-70]', () => {
  const hear = node([{ preset: 'sparkplug-b' }]);
  const device = (topic: string) => hear(`spBv1.0/${topic}`, data(0, [{ name: 'a', int: 1 }]))?.device;
  assert.equal(device('a/DDATA/b/c'), 'a:b:c');
  assert.equal(device('a/NDATA/b:c'), 'a:b%3Ac');
  assert.equal(device('a:b/NDATA/c'), 'a%3Ab:c');
});

test('sparkplug: more values of one time than a reading may hold are several readings [PRO-80]', () => {
  const hear = node([{ preset: 'sparkplug-b' }]);
  const metrics = Array.from({ length: 150 }, (_, index) => ({ name: `m${index}`, datatype: 7, long: index }));
  const readings = hear('spBv1.0/p/NDATA/n', data(0, metrics))?.readings;
  assert.deepEqual(
    readings?.map((one) => [one.takenAt, Object.keys(one.values).length]),
    [
      [at + 9, 64],
      [at + 9, 64],
      [at + 9, 22],
    ],
  );
});

test('sparkplug: what is no payload, or holds what no reading can, is kept with a reason, whole [PRO-78] [PRO-82]', () => {
  const hear = born();
  const cases: [payload: Uint8Array, reason: string][] = [
    [
      sparkplug({
        metrics: [
          { name: 'a', int: 1 },
          { name: 'b', structure: 17 },
        ],
      }),
      'sparkplug-unsupported',
    ],
    [sparkplug({ uuid: 'SPBV1.0_COMPRESSED' }), 'sparkplug-unsupported'],
    [sparkplug({ metrics: [{ int: 1 }] }), 'alias-unknown'],
    [sparkplug({ metrics: [{ name: 'a', isNull: true }] }), 'no-value'],
    [sparkplug({}), 'no-value'],
    [sparkplug({ metrics: [{ name: 'a', double: Number.NaN }] }), 'value-not-finite'],
    [sparkplug({ metrics: [{ name: 'a', text: new Uint8Array([0xff]) }] }), 'payload-not-utf8'],
    [sparkplug({ metrics: [{ name: 'x'.repeat(65), int: 1 }] }), 'name-unfit'],
    [sparkplug({ timestamp: 2n ** 63n, metrics: [{ name: 'a', int: 1 }] }), 'time-unreadable'],
    [sparkplug({ metrics: [{ name: 'a', int: 1, timestamp: 8_640_000_000_000_001n }] }), 'time-unreadable'],
    [
      sparkplug({
        metrics: [
          { name: 'a', int: 1 },
          { name: 'a', int: 2 },
        ],
      }),
      'name-doubled',
    ],
    [sparkplug({ metrics: [{ alias: 2n ** 63n, int: 1 }] }), 'value-not-exact'],
    [Buffer.from('{"t":1}'), 'payload-not-sparkplug'],
    [Buffer.from([0x12, 0x05, 0x0a]), 'payload-not-sparkplug'],
    [Buffer.from([0x12, 0x02, 0x08, 0x01]), 'payload-not-sparkplug'],
    [Buffer.from([0x08, ...Array(10).fill(0xff), 0x01]), 'payload-not-sparkplug'],
    [Buffer.from([0x0b]), 'payload-not-sparkplug'],
  ];
  for (const [payload, reason] of cases)
    assert.equal(hear('spBv1.0/p/NDATA/other', payload)?.reason, reason, payload.toString());
  const twice = sparkplug({
    seq: 0,
    metrics: [
      { name: 'a', alias: 1 },
      { name: 'b', alias: 1 },
    ],
  });
  assert.equal(hear(edge, twice)?.reason, 'payload-not-sparkplug');
  assert.equal(hear(edge, sparkplug({ seq: 0, metrics: [{ alias: 1 }] }))?.reason, 'payload-not-sparkplug');
});

test('sparkplug: the memory of births has a bound; a birth beyond it is refused, a death makes room [PRO-83]', () => {
  const decode = sparkplugB(births({ nodesMax: 2, metricsMax: 6 }));
  const map = { filter: 'spBv1.0/#', device: '$1', decoder: 'sparkplug-b' };
  const hear = (topic: string, payload: Uint8Array) =>
    decodeWith(decode({ topic: `spBv1.0/${topic}`, map, levels: [] })!.decode, payload).reason;
  const metrics = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `m${index}`, int: 1 }));
  assert.equal(hear('g/NBIRTH/a', nodeBirth(0, 1)), undefined);
  assert.equal(hear('g/NBIRTH/b', nodeBirth(0, 1, metrics(2))), undefined);
  assert.equal(hear('g/NBIRTH/c', nodeBirth(0, 1)), 'births-full');
  assert.equal(hear('g/DBIRTH/a/d', sparkplug({ seq: 1, metrics: metrics(1) })), 'births-full');
  assert.equal(hear('g/NDEATH/b', sparkplug({})), undefined);
  assert.equal(hear('g/DBIRTH/a/d', sparkplug({ seq: 2, metrics: metrics(4) })), undefined);
  for (let again = 0; again < 100; again++)
    assert.equal(hear('g/NBIRTH/a', nodeBirth(0, again, metrics(4))), undefined);
  assert.equal(hear('g/NBIRTH/c', nodeBirth(0, 1)), 'births-full');
  assert.equal(hear('g/NBIRTH/a', nodeBirth(0, 1)), undefined);
});

test('sparkplug: the order for a rebirth that the guide gives is a payload that says so [PRO-80]', () => {
  const order = Buffer.from('\x12\x1a\x0a\x14Node Control/Rebirth\x20\x0b\x70\x01', 'latin1');
  const hear = node([{ preset: 'sparkplug-b' }]);
  assert.deepEqual(hear('spBv1.0/p/NDATA/n', order)?.readings[0]?.values, { 'Node Control/Rebirth': true });
});
