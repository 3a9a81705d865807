import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from './support/clock.ts';
import { type House, house, journalIntake, takenFrom } from './support/durable.ts';
import { modelClient } from './support/model-client.ts';
import * as wire from './support/wire.ts';

const delay = (seconds: number) => wire.property(0x18, wire.u32(seconds));
const keptFor = (seconds: number) => [wire.property(0x11, wire.u32(seconds))];
const will = { topic: 'gone', payload: 'c', qos: 2 };

/** A kept session that hears of wills. */
async function watched(home: House) {
  const watcher = modelClient('watcher', 5, (fields) => home.dial(fields));
  await home.begin();
  await watcher.connect();
  await watcher.subscribe('gone', 2);
  watcher.handle();
  return {
    /** Payloads heard since the beginning, however often the broker was begun again. */
    async heard(): Promise<string[]> {
      await settle();
      if (!watcher.ready) await watcher.connect();
      do await settle();
      while (watcher.handle() > 0);
      return watcher.got.map(({ name }) => name);
    },
  };
}

test('durable: the will of a client that was connected when the broker was killed is published after its start, once [MQB-107]', async () => {
  for (const version of [4, 5] as const) {
    for (const clean of [true, false]) {
      const home = house();
      const watcher = await watched(home);
      await home.dial({ clientId: 'c', version, clean, will });
      home.kill();
      await home.begin();
      assert.deepEqual(await watcher.heard(), ['c']);
      home.kill();
      await home.begin();
      await home.clock.advance(2_000);
      assert.deepEqual(await watcher.heard(), ['c']);
    }
  }
});

test('durable: a will that was withdrawn or replaced before the kill is not published [MQB-107]', async () => {
  const home = house();
  const watcher = await watched(home);
  const polite = await home.dial({ clientId: 'polite', version: 5, clean: false, properties: keptFor(60), will });
  await polite.send(wire.disconnect());
  const first = { version: 5 as const, clientId: 'twice', clean: false, properties: keptFor(60) };
  (await home.dial({ ...first, will: { ...will, properties: [delay(50)] } })).stream.destroy();
  await settle();
  await home.dial({ ...first, will: { ...will, payload: 'second' } });
  await home.clock.advance(30);
  home.cut();
  await home.begin();
  await home.clock.advance(60_000);
  assert.deepEqual(await watcher.heard(), ['second']);
});

test('durable: a delayed will goes on waiting across a kill, and is withdrawn by its client’s return [MQB-107]', async () => {
  for (const returns of [false, true]) {
    const home = house();
    const watcher = await watched(home);
    const fields = { version: 5 as const, clientId: 'c', clean: false, properties: keptFor(60) };
    const lost = await home.dial({ ...fields, will: { ...will, properties: [delay(10)] } });
    lost.stream.destroy();
    await home.clock.advance(6_000);
    home.kill();
    await home.clock.advance(2_000);
    await home.begin();
    if (returns) await home.dial(fields);
    await home.clock.advance(1_000);
    assert.deepEqual(await watcher.heard(), []);
    await home.clock.advance(2_000);
    assert.deepEqual(await watcher.heard(), returns ? [] : ['c']);
  }
});

test('durable: the delay of a connected client’s will begins anew with the broker; a session that ends ends it too [MQB-107]', async () => {
  const home = house();
  const watcher = await watched(home);
  for (const [clientId, kept] of [
    ['long', 60],
    ['short', 4],
  ] as const)
    await home.dial({
      version: 5,
      clientId,
      clean: false,
      properties: keptFor(kept),
      will: { ...will, payload: clientId, properties: [delay(10)] },
    });
  await home.clock.advance(30_000);
  home.kill();
  await home.begin();
  await home.clock.advance(3_000);
  assert.deepEqual(await watcher.heard(), []);
  await home.clock.advance(2_000);
  assert.deepEqual(await watcher.heard(), ['short']);
  await home.clock.advance(6_000);
  assert.deepEqual(await watcher.heard(), ['short', 'long']);
});

test('durable: wherever the power fails while a will is published, subscribers and intake get it once [MQB-108]', async () => {
  let twice = 0;
  for (let calls = 1; calls <= 14; calls++) {
    const home = house({ intake: (life) => journalIntake(life) });
    const watcher = await watched(home);
    const lost = await home.dial({ clientId: 'c', version: 5, will });
    await home.clock.advance(30);
    let isCut = false;
    void home.plate.cutAfter(calls).then(() => (isCut = true));
    lost.stream.destroy();
    await settle(12);
    if (isCut) home.mourn();
    else home.cut();
    await home.begin();
    await settle(12);
    home.cut();
    await home.begin();
    assert.deepEqual(await watcher.heard(), ['c'], `cut after ${calls} calls`);
    if (isCut) twice += 1;
    home.kill();
    const taken = await takenFrom(home);
    assert.deepEqual(
      taken.map(({ payload }) => payload),
      ['c'],
      `cut after ${calls} calls`,
    );
  }
  assert.ok(twice >= 3, `only ${twice} cuts came in time`);
});
