import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as wire from '../../test/support/wire.ts';
import { openWorld, type Peer, type World } from '../../test/support/world.ts';
import type { Access, ConnectRequest, ExchangeStep, Publisher } from '../index.ts';

const method = (name: string): Buffer => wire.property(21, wire.field(name));
const data = (text: string): Buffer => wire.property(22, wire.field(text));
const auth = (code: number, text: string): Buffer => {
  const properties = Buffer.concat([method('word'), data(text)]);
  return wire.packet(0xf0, wire.u8(code), wire.varint(properties.length), properties);
};

interface Guard extends Access {
  readonly asked: [request: ConnectRequest, method: string, again: boolean][];
  readonly allowed: { context: unknown; topic: string }[];
  /** Answers the step under way. */
  answer(step: ExchangeStep): Promise<void>;
  fails: boolean;
}

/** Access whose every step a test answers by hand. */
function guard(): Guard {
  let settle: (step: ExchangeStep) => void = () => undefined;
  const one: Guard = {
    asked: [],
    allowed: [],
    fails: false,
    authenticate: () => ({ ok: false, code: 0x86 }),
    authorize: ({ context }: Publisher, _action, topic) => one.allowed.push({ context, topic }) > 0,
    exchange(request, name, again) {
      one.asked.push([request, name, again]);
      if (one.fails) throw new Error('out of order');
      return name === 'word' ? { step: () => new Promise((resolve) => (settle = resolve)) } : undefined;
    },
    async answer(step) {
      settle(step);
      await new Promise((resolve) => process.nextTick(resolve));
    },
  };
  return one;
}

const dial = (world: World, name = 'word'): Promise<Peer> =>
  world.dial({ version: 5, clientId: 'c', properties: [method(name), data('hello')] });

test('auth: access decides by an exchange, however long it takes, instead of by the CONNECT alone [MQB-140]', async () => {
  const access = guard();
  const world = await openWorld({ access });
  const peer = await dial(world);
  assert.deepEqual(peer.take(), []);
  await access.answer({ ok: 'more', data: Buffer.from('who') });
  await peer.send(auth(0x18, 'me'));
  await access.answer({ ok: true, context: 'first', authenticationData: Buffer.from('bye') });
  await peer.send(wire.publish({ version: 5, topic: 'a', qos: 1 }));
  const [asked, connack, puback] = peer.take();
  assert.deepEqual(
    [asked?.kind, asked?.code, asked?.properties],
    ['auth', 0x18, { authenticationMethod: 'word', authenticationData: 'who' }],
  );
  assert.deepEqual([connack?.code, connack?.properties?.['authenticationData'], puback?.kind], [0, 'bye', 'puback']);
  assert.deepEqual(
    access.asked.map(([{ clientId }, name, again]) => [clientId, name, again]),
    [['c', 'word', false]],
  );
  await world.broker.stop();
});

test('auth: authenticating anew replaces the context and asks about topics again [MQB-140]', async () => {
  const access = guard();
  const world = await openWorld({ access });
  const peer = await dial(world);
  await access.answer({ ok: true, context: 'first' });
  await peer.send(wire.publish({ version: 5, topic: 'a' }), auth(0x19, 'again'));
  await access.answer({ ok: true, context: 'second' });
  await peer.send(wire.publish({ version: 5, topic: 'a' }));
  assert.deepEqual(
    peer.take().map(({ kind, code }) => [kind, code]),
    [
      ['connack', 0],
      ['auth', 0],
    ],
  );
  assert.deepEqual(access.allowed, [
    { context: 'first', topic: 'a' },
    { context: 'second', topic: 'a' },
  ]);
  assert.deepEqual(
    access.asked.map(([, , again]) => again),
    [false, true],
  );
  await access.answer({ ok: false, code: 0x86 });
  await peer.send(auth(0x19, 'once more'));
  await access.answer({ ok: false, code: 0x86 });
  await peer.send(wire.pingreq);
  // 0x86 is none of DISCONNECT's codes.
  assert.deepEqual([peer.take().map(({ kind, code }) => [kind, code]), peer.ended], [[['disconnect', 0x87]], true]);
  await world.broker.stop();
});

test('auth: an unknown method, an access without methods and one that fails let nobody in [MQB-140]', async () => {
  const access = guard();
  const world = await openWorld({ access });
  assert.equal((await dial(world, 'other')).takeOne()?.code, 0x8c);
  access.fails = true;
  assert.equal((await dial(world)).takeOne()?.code, 0x8c);
  await world.broker.stop();
  const plain = await openWorld();
  assert.equal((await dial(plain)).takeOne()?.code, 0x8c);
  await plain.broker.stop();
});

test('auth: who does not come to an end is closed like everybody who is not authenticated in time [MQB-140]', async () => {
  const access = guard();
  const world = await openWorld({ access, limits: { connectWithin: 1_000 as never } });
  const silent = await dial(world);
  const waiting = await dial(world);
  await access.answer({ ok: 'more' });
  await world.clock.advance(2_000);
  assert.deepEqual([silent.ended, waiting.ended], [true, true]);
  await access.answer({ ok: true });
  assert.deepEqual([...world.broker.clients()], []);
  await world.broker.stop();
});
