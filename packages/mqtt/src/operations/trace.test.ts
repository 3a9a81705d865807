import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from '../../test/support/clock.ts';
import * as wire from '../../test/support/wire.ts';
import { openWorld } from '../../test/support/world.ts';
import type { Trace } from '../index.ts';
import { describePacket } from './describe-packet.ts';
import { Heads } from './heads.ts';
import { previewOf, redactText } from './redact.ts';
import { traceLimits } from './trace.ts';

const told = (trace: Trace): string[] =>
  trace.lines.map((line) => ('packet' in line ? `${line.kind} ${line.packet}` : line.kind));

test('broker: a trace has every packet of its client, both ways, across connections, until its time is over [MQB-125]', async () => {
  const world = await openWorld();
  const other = await world.join('other', { version: 5 });
  const trace = world.broker.trace('c', 60)!;
  const fields = { version: 5 as const, clean: false, properties: [wire.property(17, wire.u32(600))] };
  const first = await world.join('c', fields);
  await first.send(wire.subscribe([['t', 1]], { version: 5, id: 7 }));
  // Packets in pieces and several in one piece are told as packets.
  const publish = wire.publish({ version: 5, topic: 't', payload: 'x'.repeat(6_000), qos: 1, id: 9 });
  await first.send(publish.subarray(0, 3));
  await first.send(Buffer.concat([publish.subarray(3), wire.pingreq]));
  await first.send(wire.puback(first.take('publish')[0]!.id!), wire.disconnect());
  await other.send(wire.publish({ version: 5, topic: 't', payload: 'not for the trace', qos: 0 }));
  assert.deepEqual(told(trace), [
    ...['connected', 'out CONNACK', 'in SUBSCRIBE', 'out SUBACK', 'in PUBLISH', 'in PINGREQ'],
    ...trace.lines.slice(6, 9).map((line) => `${line.kind} ${'packet' in line ? line.packet : ''}`),
    ...['in PUBACK', 'in DISCONNECT', 'disconnected'],
  ]);
  // In which order the broker answers is its own affair.
  const answers = new Set(trace.lines.slice(6, 9).map((line) => 'packet' in line && line.packet));
  assert.deepEqual(answers, new Set(['PINGRESP', 'PUBACK', 'PUBLISH']));
  const out = trace.lines.find((line) => line.kind === 'out' && line.packet === 'PUBLISH');
  assert.ok(out && 'packet' in out);
  assert.deepEqual(
    [out.topic, out.qos, out.payloadBytes, out.payload, out.bytes],
    ['t', 1, 6_000, `${'x'.repeat(128)}…`, 6_009],
  );

  const second = await world.join('c', fields);
  await world.clock.advance(60_000);
  const before = trace.lines.length;
  await second.send(wire.pingreq);
  assert.deepEqual(
    [second.take('pingresp').length, trace.lines.length],
    [1, before],
    'over, and the client notices nothing',
  );
  assert.equal(world.broker.traceOf('c'), trace, 'it can still be read');
  assert.equal(world.broker.traceOf('other'), undefined);
  await world.broker.stop();
});

test('broker: traces are bounded in number and in length, and what is beyond is counted [MQB-126]', async () => {
  const world = await openWorld();
  const client = await world.join('c');
  const trace = world.broker.trace('c', 600)!;
  for (let sent = 0; sent < 1_100; sent += 100) await client.send(...Array.from({ length: 100 }, () => wire.pingreq));
  assert.deepEqual([trace.lines.length, trace.dropped], [traceLimits.linesMax, 200]);
  for (let count = 1; count < traceLimits.tracesMax; count++) assert.ok(world.broker.trace(`c${count}`, count));
  assert.equal(world.broker.trace('one more', 1), undefined);
  await world.clock.advance(2_000);
  assert.ok(world.broker.trace('one more', 1), 'one that is over gives its place');
  assert.equal(world.broker.traceOf('c1'), undefined);
  const anew = world.broker.trace('c', 1)!;
  assert.deepEqual(anew.lines, []);
  await client.send(wire.pingreq);
  await settle();
  assert.equal(anew.lines.length, 2, 'begun anew, it is tapped once');
  await world.broker.stop();
});

test('broker: a trace tells no secret: no password, no token, nothing that is called one [MQB-127]', async () => {
  const world = await openWorld();
  const trace = world.broker.trace('c', 60)!;
  const client = await world.join('c', { version: 5, username: 'u', password: 'hunter2' });
  const pair = (name: string, value: string) => wire.property(38, wire.field(name), wire.field(value));
  const properties = [pair('authToken', 'hunter2'), pair('color', 'red'), pair('x', 'api_key=hunter2')];
  const payload = JSON.stringify({
    wifi: { ssid: 'home', psk_password: 'hunter2' },
    api_key: 'hunter2',
    keys: ['hunter2'],
  });
  await client.send(wire.publish({ version: 5, topic: 't', payload, properties }));
  await client.send(
    wire.publish({ version: 5, topic: 't', payload: `${'x'.repeat(110)}"secret":"hunter2${'y'.repeat(90)}"` }),
  );
  await client.send(wire.connect({ version: 5, username: 'u', password: 'hunter2' }));
  const text = JSON.stringify(trace.lines);
  assert.ok(!text.includes('hunter2'), text);
  assert.ok(text.includes('red') && text.includes('home') && text.includes('"CONNECT"'), text);
  await world.broker.stop();
});

test('broker: a preview is text without secrets, or nothing [MQB-127]', () => {
  assert.equal(redactText('user=a&password=b&x=1'), 'user=a&password=…&x=1');
  assert.equal(redactText('{"Token": "a\\"b", "n": 1}'), '{"Token": …, "n": 1}');
  assert.equal(redactText('{"secrets": [1, 2], "n": 1}'), '{"secrets": …');
  assert.equal(redactText('{"passcode": "cut of'), '{"passcode": …');
  assert.equal(previewOf(Buffer.of(0xff, 1), false), undefined);
  assert.equal(previewOf(Buffer.from('a\u0000'), false), undefined);
  assert.equal(previewOf(Buffer.from('aé').subarray(0, 2), true), 'a…', 'half a character at the cut is left out');
});

test('broker: whatever leaves, and in whatever pieces, is cut into its packets for the trace [MQB-125]', () => {
  const packets = [
    wire.pingreq,
    wire.publish({ payload: 'x'.repeat(70_000) }),
    wire.puback(3),
    wire.publish({ payload: '' }),
  ];
  const bytes = Buffer.concat(packets);
  for (const size of [1, 2, 3, 5, 4_096, 65_536, bytes.length]) {
    const sizes: number[] = [];
    const heads = new Heads((head, whole) => {
      assert.ok(head.length <= 4_096);
      sizes.push(whole);
    });
    for (let at = 0; at < bytes.length; at += size) heads.feed(bytes.subarray(at, at + size));
    assert.deepEqual(
      sizes,
      packets.map((one) => one.length),
      `pieces of ${size}`,
    );
  }
});

test('broker: bytes that are no packet are described without failing [MQB-125]', () => {
  for (let first = 0; first < 256; first++) {
    for (const body of [Buffer.alloc(0), Buffer.of(0), Buffer.alloc(9, 255), Buffer.from([0, 1, 97, 5, 38, 0, 200])])
      assert.equal(describePacket(first, body, body.length + 2, 5).bytes, body.length + 2);
  }
});
