import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from './support/clock.ts';
import * as wire from './support/wire.ts';
import { manualIntake, openWorld, type Peer, type World } from './support/world.ts';

const delay = (seconds: number) => wire.property(0x18, wire.u32(seconds));
const keptFor = (seconds: number) => [wire.property(0x11, wire.u32(seconds))];

async function watcher(world: World): Promise<Peer> {
  const peer = await world.join('watcher', { version: 5 });
  await peer.send(wire.subscribe([['#', 2 + 8]], { version: 5 }));
  peer.take();
  return peer;
}

const heard = (peer: Peer) =>
  peer.take('publish').map(({ topic, payload, qos, retain }) => [topic, payload, qos, retain]);
const will = { topic: 'gone', payload: 'c', qos: 1 };

test('wills: a client that is lost has its will published, one that says goodbye has not [MQTT-3.1.2-7] [MQTT-3.1.2-8] [MQTT-3.1.2-10] [MQTT-3.14.4-3]', async () => {
  const world = await openWorld();
  const peer = await watcher(world);
  for (const version of [4, 5] as const) {
    const lost = await world.join('c', { version, will });
    lost.stream.destroy();
    await settle();
    assert.deepEqual(heard(peer), [['gone', 'c', 1, false]]);
    const polite = await world.join('c', { version, will });
    await polite.send(wire.disconnect());
    assert.deepEqual(heard(peer), []);
    const rude = await world.join('c', { version, will });
    await rude.send(Buffer.of(0xff, 0));
    assert.deepEqual(heard(peer), [['gone', 'c', 1, false]]);
    const silent = await world.join('c', { version, will, keepAlive: 5 });
    await world.clock.advance(8_000);
    assert.deepEqual([heard(peer), silent.ended], [[['gone', 'c', 1, false]], true]);
  }
  const asking = await world.join('c', { version: 5, will });
  await asking.send(wire.disconnect(4));
  assert.deepEqual(heard(peer), [['gone', 'c', 1, false]]);
  await world.broker.stop();
});

test('wills: a will is retained if it asks for that, and carries its properties [MQTT-3.1.2-14] [MQTT-3.1.2-15]', async () => {
  const world = await openWorld();
  const peer = await watcher(world);
  const lost = await world.join('c', {
    version: 5,
    will: { ...will, retain: true, properties: [wire.property(3, wire.field('text')), delay(0)] },
  });
  lost.stream.destroy();
  await settle();
  assert.deepEqual(
    peer.take('publish').map(({ retain, properties }) => [retain, properties]),
    [[true, { contentType: 'text' }]],
  );
  const late = await world.join('late');
  await late.send(wire.subscribe([['gone', 0]]));
  assert.deepEqual(
    late.take('publish').map(({ payload }) => payload),
    ['c'],
  );
  await world.broker.stop();
});

test('wills: a delayed will waits, and is not published if its client comes back in time [MQTT-3.1.3-9] [MQTT-3.1.2-8]', async () => {
  const world = await openWorld();
  const peer = await watcher(world);
  const fields = {
    version: 5 as const,
    clean: false,
    properties: keptFor(60),
    will: { ...will, properties: [delay(10)] },
  };
  const first = await world.join('c', fields);
  first.stream.destroy();
  await world.clock.advance(9_000);
  const second = await world.join('c', fields);
  await world.clock.advance(20_000);
  assert.deepEqual(heard(peer), []);
  second.stream.destroy();
  await world.clock.advance(11_000);
  assert.deepEqual(heard(peer), [['gone', 'c', 1, false]]);
  await world.clock.advance(100_000);
  assert.deepEqual(heard(peer), []);
  await world.broker.stop();
});

test('wills: a delayed will is published when the session ends before its delay has passed [MQTT-3.1.2-8]', async () => {
  const world = await openWorld();
  const peer = await watcher(world);
  const delayed = { ...will, properties: [delay(100)] };
  const brief = await world.join('c', { version: 5, properties: keptFor(5), will: delayed });
  brief.stream.destroy();
  await world.clock.advance(4_000);
  assert.deepEqual(heard(peer), []);
  await world.clock.advance(2_000);
  assert.deepEqual(heard(peer), [['gone', 'c', 1, false]]);
  const replaced = await world.join('c', { version: 5, properties: keptFor(60), will: delayed });
  replaced.stream.destroy();
  await world.join('c', { version: 5 });
  assert.deepEqual(heard(peer), [['gone', 'c', 1, false]]);
  await world.broker.stop();
});

test('wills: a client taken over has its will published unless that is delayed and the session goes on [MQTT-3.1.4-3]', async () => {
  const world = await openWorld();
  const peer = await watcher(world);
  await world.join('c', { version: 5, will });
  await world.join('c', {
    version: 5,
    clean: false,
    properties: keptFor(60),
    will: { ...will, properties: [delay(10)] },
  });
  assert.deepEqual(heard(peer), [['gone', 'c', 1, false]]);
  await world.join('c', { version: 5, clean: false, properties: keptFor(60) });
  await world.clock.advance(20_000);
  assert.deepEqual(heard(peer), []);
  await world.broker.stop();
});

test('wills: a will passes the intake like its client’s publishes, and is routed after the commit [MQB-70]', async () => {
  const intake = manualIntake((_topic, payload) => (payload === 'unwanted' ? 0x99 : 0));
  const world = await openWorld({ intake });
  const peer = await watcher(world);
  for (const payload of ['wanted', 'unwanted'])
    (await world.join(payload, { will: { topic: 'gone', payload } })).stream.destroy();
  await settle();
  assert.deepEqual(intake.taken, ['gone wanted', 'gone unwanted']);
  assert.deepEqual(heard(peer), []);
  await intake.settle();
  assert.deepEqual(
    heard(peer).map(([, payload]) => payload),
    ['wanted'],
  );
  assert.equal(world.metrics.refused.value('payload-format-invalid'), 1);
  await world.broker.stop();
});

test('wills: an access or intake that fails over a will costs that will and nothing else [MQB-70]', async () => {
  const intake = manualIntake(() => {
    throw new Error('a bug');
  });
  const world = await openWorld({ intake });
  (await world.join('c', { will })).stream.destroy();
  const delayed = { ...will, properties: [delay(5)] };
  (await world.join('d', { version: 5, properties: keptFor(60), will: delayed })).stream.destroy();
  await world.clock.advance(10_000);
  assert.equal(world.logged.filter(([, event]) => event === 'mqtt.will.failed').length, 2);
  const silent = await world.join('e', { keepAlive: 2 });
  await world.clock.advance(4_000);
  assert.equal(silent.ended, true);
  await world.broker.stop();
});

test('wills: a will to a topic its client may not publish to is refused at CONNECT, and asked about again at its time [MQB-71]', async () => {
  let allowed: boolean = true;
  const world = await openWorld({
    access: {
      authenticate: () => ({ ok: true }),
      authorize: (_client, action, topic) => action === 'subscribe' || (allowed && topic !== 'secret'),
    },
  });
  const peer = await watcher(world);
  const codes: unknown[] = [];
  for (const topic of ['secret', '$SYS/x', 'a/#', '']) {
    codes.push((await world.dial({ version: 5, clientId: 'c', will: { topic, payload: '' } })).take()[0]?.code);
  }
  assert.deepEqual(codes, [0x87, 0, 0x90, 0x90]);
  assert.equal((await world.dial({ clientId: 'c', will: { topic: 'secret', payload: '' } })).take()[0]?.code, 5);
  const lost = await world.join('c', { will });
  allowed = false;
  lost.stream.destroy();
  await settle();
  assert.deepEqual(heard(peer), []);
  assert.equal(world.metrics.refused.value('not-authorized'), 1);
  await world.broker.stop();
});
