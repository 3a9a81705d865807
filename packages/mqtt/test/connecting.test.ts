import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessVerdict, ConnectRequest } from '../src/index.ts';
import { settle } from './support/clock.ts';
import * as wire from './support/wire.ts';
import { openWorld } from './support/world.ts';

const allow = () => true;

test('connecting: both versions are answered with their CONNACK, and told what the broker takes [MQTT-3.1.4-5] [MQTT-3.2.0-1]', async () => {
  const world = await openWorld({ limits: { packetSizeMax: 5_000, topicAliasMax: 7, receiveMax: 20 } });
  const older = await world.dial({ clientId: 'older' });
  assert.deepEqual(older.take(), [{ kind: 'connack', present: false, code: 0 }]);
  const newer = await world.dial({ clientId: 'newer', version: 5, keepAlive: 30 });
  assert.deepEqual(newer.take(), [
    {
      kind: 'connack',
      present: false,
      code: 0,
      properties: { receiveMaximum: 20, topicAliasMaximum: 7, maximumPacketSize: 5_000 },
    },
  ]);
  await world.broker.stop();
});

test('connecting: an absent client identifier is replaced by a new one, which version 5 is told [MQTT-3.1.3-6] [MQTT-3.1.3-7] [MQTT-3.2.2-16]', async () => {
  const world = await openWorld();
  const first = (await world.dial({ clientId: '', version: 5 })).take()[0]?.properties?.['assignedClientId'];
  const second = (await world.dial({ clientId: '', version: 5 })).take()[0]?.properties?.['assignedClientId'];
  assert.equal((await world.dial({ clientId: '' })).take()[0]?.code, 0);
  const ids = [...world.broker.clients()].map(({ clientId }) => clientId);
  assert.deepEqual([new Set(ids).size, ids.includes(first as string), ids.includes(second as string)], [3, true, true]);
  await world.broker.stop();
});

test('connecting: version 4 may not ask for a kept session without a client identifier [MQTT-3.1.3-8]', async () => {
  const world = await openWorld();
  const client = await world.dial({ clientId: '', clean: false });
  assert.deepEqual([client.take(), client.ended], [[{ kind: 'connack', present: false, code: 2 }], true]);
  await world.broker.stop();
});

test('connecting: a client identifier of 23 letters and digits is taken, one beyond the bound is not [MQTT-3.1.3-5] [MQB-30]', async () => {
  const world = await openWorld({ limits: { clientIdSizeMax: 40 } });
  assert.equal((await world.dial({ clientId: '0123456789abcdefghijklm' })).take()[0]?.code, 0);
  const newer = await world.dial({ clientId: 'é'.repeat(21), version: 5 });
  assert.deepEqual([newer.take()[0]?.code, newer.ended], [0x85, true]);
  assert.equal((await world.dial({ clientId: 'x'.repeat(41) })).take()[0]?.code, 2);
  await world.broker.stop();
});

test('connecting: other versions are refused in the form they may understand; what is not MQTT is not answered [MQTT-3.1.2-1] [MQTT-3.1.2-2] [MQB-173]', async () => {
  const world = await openWorld();
  const connect = (name: string, version: number) =>
    wire.packet(0x10, wire.field(name), Buffer.of(version, 2), wire.u16(0), wire.field('x'));
  const ask = async (name: string, version: number, speaks: wire.Version) => {
    const peer = world.raw(speaks);
    await peer.send(connect(name, version));
    assert.equal(peer.ended, true);
    return peer.take().map(({ kind, code }) => [kind, code]);
  };
  assert.deepEqual(await ask('MQIsdp', 3, 4), [['connack', 1]]);
  assert.deepEqual(await ask('MQTT', 3, 4), [['connack', 1]]);
  assert.deepEqual(await ask('MQTT', 6, 5), [['connack', 0x84]]);
  assert.deepEqual(await ask('MQTT', 0x84, 4), [['connack', 1]]);
  assert.deepEqual(await ask('HTTP', 4, 4), []);
  await world.broker.stop();
});

test('connecting: the first packet must be CONNECT, and a second one ends the connection [MQTT-3.1.0-1] [MQTT-3.1.0-2] [MQTT-3.14.0-1]', async () => {
  const world = await openWorld();
  const rude = world.raw();
  await rude.send(wire.pingreq);
  assert.deepEqual([rude.take(), rude.ended], [[], true]);
  const client = await world.join('pump', { version: 5 });
  await client.send(wire.connect({ version: 5, clientId: 'pump' }));
  assert.deepEqual(
    client.take().map(({ kind, code }) => [kind, code]),
    [['disconnect', 0x82]],
  );
  assert.equal(client.ended, true);
  assert.equal(world.metrics.malformed.value('protocol-error'), 2);
  await world.broker.stop();
});

test('connecting: packets may follow the CONNECT at once; after a refusal they are not looked at [MQTT-3.1.4-6]', async () => {
  const access = {
    authenticate: ({ clientId }: ConnectRequest): AccessVerdict =>
      clientId === 'good' ? { ok: true } : { ok: false, code: 0x87 },
    authorize: allow,
  };
  const world = await openWorld({ access });
  for (const [clientId, expected] of [
    ['good', ['connack', 'suback', 'pingresp']],
    ['bad', ['connack']],
  ] as const) {
    const peer = world.raw();
    await peer.send(wire.connect({ clientId }), wire.subscribe([['a', 0]]), wire.pingreq);
    assert.deepEqual(
      peer.take().map(({ kind }) => kind),
      expected,
    );
  }
  assert.equal([...world.broker.clients()].length, 1);
  await world.broker.stop();
});

test('connecting: access hears all that the client says of itself, and its refusal reaches the client [MQB-31] [MQTT-3.1.4-2] [MQTT-3.2.2-7]', async () => {
  const asked: ConnectRequest[] = [];
  const codes = [0x86, 0x87, 0x88, 0x8a, 0x97, 0x42];
  const access = {
    authenticate(connect: ConnectRequest): AccessVerdict {
      asked.push(connect);
      return { ok: false, code: codes[(asked.length - 1) % codes.length]!, why: 'not today' };
    },
    authorize: allow,
  };
  const world = await openWorld({ access });
  const told: unknown[] = [];
  for (const version of [5, 4] as const) {
    for (const _ of codes) {
      const peer = await world.dial({ version, clientId: 'c', username: 'u', password: 'p' });
      told.push(peer.take()[0]?.code);
      assert.equal(peer.ended, true);
    }
  }
  assert.deepEqual(told, [0x86, 0x87, 0x88, 0x8a, 0x97, 0x80, 4, 5, 3, 5, 3, 3]);
  const { clientId, username, password, protocol, cleanStart, address, secure } = asked[0]!;
  assert.deepEqual(
    [clientId, username, password?.toString(), protocol, cleanStart, address, secure],
    ['c', 'u', 'p', 5, true, 'test:40000', false],
  );
  assert.deepEqual([...world.broker.clients()], []);
  await world.broker.stop();
});

test('connecting: while access thinks, nothing behind the CONNECT is read; then all of it is [MQB-32]', async () => {
  const verdicts: ((verdict: AccessVerdict) => void)[] = [];
  const access = {
    authenticate: () => new Promise<AccessVerdict>((resolve) => verdicts.push(resolve)),
    authorize: allow,
  };
  const world = await openWorld({ access });
  const peer = world.raw();
  await peer.send(wire.connect({ clientId: 'slow' }), wire.subscribe([['a', 0]]));
  await peer.send(wire.publish({ topic: 'a', payload: 'x' }));
  assert.deepEqual(peer.take(), []);
  verdicts[0]?.({ ok: true });
  await settle();
  assert.deepEqual(
    peer.take().map(({ kind }) => kind),
    ['connack', 'suback', 'publish'],
  );
  await world.broker.stop();
});

test('connecting: an access that fails refuses with 0x88 and harms nobody [MQB-33]', async () => {
  for (const authenticate of [
    () => Promise.reject(new Error('no database')),
    () => {
      throw new Error('a bug');
    },
  ]) {
    const world = await openWorld({ access: { authenticate, authorize: allow } });
    const peer = await world.dial({ version: 5 });
    assert.deepEqual([peer.take()[0]?.code, peer.ended], [0x88, true]);
    assert.equal(
      world.logged.some(([level, event]) => level === 'error' && event === 'mqtt.access.failed'),
      true,
    );
    await world.broker.stop();
  }
});

test('connecting: enhanced authentication is not offered [MQTT-4.12.0-1]', async () => {
  const world = await openWorld();
  const peer = await world.dial({ version: 5, properties: [wire.property(0x15, wire.field('SCRAM'))] });
  assert.deepEqual([peer.take()[0]?.code, peer.ended], [0x8c, true]);
  const client = await world.join('pump', { version: 5 });
  await client.send(wire.packet(0xf0));
  assert.deepEqual(
    client.take().map(({ code }) => code),
    [0x82],
  );
  await world.broker.stop();
});

test('connecting: whoever is not authenticated in time is closed [MQB-34]', async () => {
  const world = await openWorld({
    access: { authenticate: () => new Promise<AccessVerdict>(() => undefined), authorize: allow },
  });
  const [silent, halfway, asking] = [world.raw(), world.raw(), world.raw()];
  await halfway.send(wire.connect().subarray(0, 5));
  await asking.send(wire.connect());
  await world.clock.advance(4_000);
  assert.deepEqual([silent.ended, halfway.ended, asking.ended], [false, false, false]);
  await world.clock.advance(1_500);
  assert.deepEqual([silent.ended, halfway.ended, asking.ended], [true, true, true]);
  await world.broker.stop();
});

test('connecting: of too many connections not yet authenticated the oldest goes, so newcomers are served [MQB-35]', async () => {
  const world = await openWorld({ limits: { pendingMax: 3 } });
  const pending = [world.raw(), world.raw(), world.raw()];
  await world.clock.advance(1_000);
  pending.push(world.raw());
  await settle();
  assert.deepEqual(
    pending.map(({ ended }) => ended),
    [true, false, false, false],
  );
  assert.equal((await world.dial()).take()[0]?.code, 0);
  await world.broker.stop();
});

test('connecting: many that come at once are all read, up to ten times the bound [MQB-35]', async () => {
  const world = await openWorld({ limits: { pendingMax: 3 } });
  const storm = Array.from({ length: 31 }, () => world.raw());
  await settle();
  assert.deepEqual(
    storm.flatMap(({ ended }, index) => (ended ? [index] : [])),
    [0],
  );
  await world.broker.stop();
});

test('connecting: before authentication a packet has a bound of its own [MQB-36]', async () => {
  const world = await openWorld({ limits: { connectSizeMax: 100 } });
  const peer = world.raw();
  // The announced length is enough: the bytes need not come.
  await peer.send(Buffer.of(0x10, 0x80, 0x01));
  assert.deepEqual([peer.take(), peer.ended], [[], true]);
  const client = await world.join('pump');
  await client.send(wire.publish({ payload: 'x'.repeat(500), qos: 1 }));
  assert.deepEqual(
    client.take().map(({ kind }) => kind),
    ['puback'],
  );
  await world.broker.stop();
});

test('connecting: beyond its bounds on clients and sessions the broker refuses, and goes on serving the others [MQB-37]', async () => {
  const world = await openWorld({ limits: { clientsMax: 2, sessionsMax: 3 } });
  const one = await world.join('one', { clean: false });
  await world.join('two');
  assert.equal((await world.dial({ clientId: 'three', version: 5 })).take()[0]?.code, 0x97);
  await one.send(wire.disconnect());
  await world.join('three', { clean: false });
  assert.equal((await world.dial({ clientId: 'four' })).take()[0]?.code, 3);
  // Taking one's own session over needs no further room.
  await world.join('three', { clean: false });
  await world.broker.stop();
});

test('connecting: a silent client is closed after one and a half times its keep-alive [MQTT-3.1.2-22] [MQB-38]', async () => {
  const world = await openWorld();
  const [newer, older] = [
    await world.join('newer', { version: 5, keepAlive: 10 }),
    await world.join('older', { keepAlive: 10 }),
  ];
  const forever = await world.join('forever');
  await world.clock.advance(10_000);
  await older.send(wire.pingreq);
  await world.clock.advance(4_500);
  assert.deepEqual([newer.ended, older.ended], [false, false]);
  await world.clock.advance(1_500);
  assert.deepEqual([newer.ended, older.ended], [true, false]);
  assert.deepEqual(
    newer.take().map(({ kind, code }) => [kind, code]),
    [['disconnect', 0x8d]],
  );
  await world.clock.advance(10_000);
  assert.deepEqual([older.ended, forever.ended], [true, false]);
  assert.equal(world.metrics.disconnects.value('keep-alive-timeout'), 2);
  await world.broker.stop();
});

test('connecting: a keep-alive beyond the broker’s is replaced, and version 5 is told; otherwise its own holds [MQTT-3.2.2-22] [MQB-38]', async () => {
  const world = await openWorld({ limits: { keepAliveMax: 20_000 as never } });
  for (const keepAlive of [0, 60]) {
    const client = await world.dial({ clientId: `k${keepAlive}`, version: 5, keepAlive });
    assert.equal(client.take()[0]?.properties?.['serverKeepAlive'], 20);
    await world.clock.advance(31_000);
    assert.equal(client.ended, true);
  }
  const content = await world.dial({ clientId: 'content', version: 5, keepAlive: 15 });
  assert.equal('serverKeepAlive' in (content.take()[0]?.properties ?? {}), false);
  await world.clock.advance(22_000);
  assert.equal(content.ended, false);
  await world.clock.advance(1_500);
  assert.equal(content.ended, true);
  await world.broker.stop();
});

test('connecting: a client that is not read because its commit is slow is not taken for silent [MQB-38]', async () => {
  let finish = (): void => undefined;
  const intake = { take: () => 0, commit: () => new Promise<void>((resolve) => (finish = resolve)) };
  const world = await openWorld({ intake, limits: { uncommittedMax: 10 } });
  const client = await world.join('pump', { keepAlive: 10 });
  await client.send(wire.publish({ payload: 'x'.repeat(20), qos: 1 }));
  await world.clock.advance(60_000);
  assert.equal(client.ended, false);
  finish();
  await settle();
  assert.deepEqual(
    client.take().map(({ kind }) => kind),
    ['puback'],
  );
  await world.clock.advance(16_000);
  assert.equal(client.ended, true);
  await world.broker.stop();
});

test('connecting: a reason string that would make a packet too large for the client is left out [MQTT-3.2.2-19] [MQTT-3.14.2-3]', async () => {
  const access = {
    authenticate: ({ clientId }: ConnectRequest): AccessVerdict =>
      clientId === 'ok' ? { ok: true } : { ok: false, code: 0x87, why: 'a long explanation of why not' },
    authorize: allow,
  };
  const world = await openWorld({ access });
  const small = [wire.property(0x27, wire.u32(20))];
  const refused = await world.dial({ version: 5, clientId: 'no', properties: small });
  assert.deepEqual(refused.take(), [{ kind: 'connack', present: false, code: 0x87, properties: {} }]);
  const told = await world.dial({ version: 5, clientId: 'no' });
  assert.equal(told.take()[0]?.properties?.['reasonString'], 'a long explanation of why not');
  const client = await world.dial({ version: 5, clientId: 'ok', properties: small });
  await client.send(wire.pingreq, Buffer.of(0xff, 0x00));
  assert.deepEqual(client.take().at(-1), { kind: 'disconnect', code: 0x81 });
  await world.broker.stop();
});
