import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as wire from '../../test/support/wire.ts';
import { openWorld } from '../../test/support/world.ts';

test('broker: retained messages are browsed by filter, in the order of topics, a page at a time [MQB-123]', async () => {
  const world = await openWorld();
  const client = await world.join('c');
  const topics = Array.from({ length: 25 }, (_, index) => `a/${String((index * 7) % 25).padStart(2, '0')}`);
  for (const topic of [...topics, 'b', 'a'])
    await client.send(wire.publish({ topic, payload: `value of ${topic}`, retain: true }));
  world.broker.publish({ topic: '$SYS/x', payload: Buffer.alloc(100), retain: true });

  const seen: string[] = [];
  for (let after: string | undefined; ; after = seen.at(-1)) {
    const page = world.broker.retained('a/#', { limit: 10, ...(after === undefined ? {} : { after }) })!;
    seen.push(...page.messages.map(({ topic }) => topic));
    assert.equal(page.more, seen.length < 26);
    if (!page.more) break;
  }
  assert.deepEqual(seen, ['a', ...Array.from({ length: 25 }, (_, index) => `a/${String(index).padStart(2, '0')}`)]);

  const [one] = world.broker.retained('b')!.messages;
  assert.deepEqual([Buffer.from(one!.preview).toString(), one!.payloadBytes, one!.from], ['value of b', 10, 'c']);
  const [system] = world.broker.retained('$SYS/#', { previewBytes: 8 })!.messages;
  assert.deepEqual([system!.preview.length, system!.payloadBytes, system!.from], [8, 100, undefined]);
  assert.deepEqual(
    [world.broker.retained('a/#/b'), world.broker.retained('$share/g/a'), world.broker.retained('')],
    [undefined, undefined, undefined],
  );
  await world.broker.stop();
});

test('broker: an expired message is not browsed [MQB-123]', async () => {
  const world = await openWorld();
  world.broker.publish({ topic: 't', payload: 'x', retain: true, properties: { messageExpiry: 10 } });
  const { expiresAt } = world.broker.retained('t')!.messages[0]!;
  assert.equal(expiresAt, world.clock.wall() + 10_000);
  await world.clock.advance(10_001);
  assert.deepEqual(world.broker.retained('t')!.messages, []);
  await world.broker.stop();
});

test('broker: the list of clients says what each does in a second [MQB-124]', async () => {
  const world = await openWorld();
  const [talker, listener] = [await world.join('talker'), await world.join('listener')];
  await listener.send(wire.subscribe([['#', 0]]));
  const rates = () =>
    [...world.broker.clients()].map(({ connection }) => [connection!.receivedRate, connection!.deliveredRate]);
  await world.clock.advance(5_000);
  assert.deepEqual(rates(), [
    [0, 0],
    [0, 0],
  ]);
  for (let count = 0; count < 20; count++) await talker.send(wire.publish({ topic: 't' }));
  await world.clock.advance(5_000);
  assert.deepEqual(rates(), [
    [4, 0],
    [0, 4],
  ]);
  await world.clock.advance(5_000);
  assert.deepEqual(rates(), [
    [0, 0],
    [0, 0],
  ]);
  await world.broker.stop();
});
