import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock, settled } from '../../manual-clock.fixture.ts';
import { cloudMetrics } from '../../metrics.ts';
import type { FeedEvent } from '../../ports.ts';
import { type FeedSocket, feedHub } from './hub.ts';

const event = (id: string, size = 0): FeedEvent =>
  ({ kind: 'node', data: { id, padding: 'x'.repeat(size) } }) as unknown as FeedEvent;

/** A listener's socket. It takes what it is sent at once, unless it is stuck. */
function listener() {
  const heard: { kind: string; sequence: number; resumed?: boolean; data?: { id: string } }[] = [];
  const handlers = new Map<string, () => void>();
  const state = { stuck: false as boolean, closed: undefined as number | undefined, pings: 0, terminated: false };
  let waitingBytes = 0;
  let waiting: (() => void)[] = [];
  const socket = {
    OPEN: 1,
    readyState: 1,
    get bufferedAmount() {
      return waitingBytes;
    },
    send(text: string, sent?: () => void) {
      heard.push(JSON.parse(text) as (typeof heard)[number]);
      if (state.stuck) {
        waitingBytes += text.length;
        if (sent) waiting.push(sent);
      } else if (sent) queueMicrotask(sent);
    },
    close(code: number) {
      state.closed = code;
      handlers.get('close')?.();
    },
    terminate() {
      state.terminated = true;
      handlers.get('close')?.();
    },
    ping() {
      state.pings += 1;
    },
    on(name: string, handler: () => void) {
      handlers.set(name, handler);
      return socket;
    },
  };
  return {
    socket: socket as unknown as FeedSocket,
    heard,
    state,
    pong: () => handlers.get('pong')?.(),
    leave: () => handlers.get('close')?.(),
    drain() {
      state.stuck = false;
      waitingBytes = 0;
      const all = waiting;
      waiting = [];
      for (const sent of all) sent();
    },
    ids: () => heard.flatMap((one) => one.data?.id ?? []),
  };
}

async function hubOf(limits = { eventsMax: 100, bytesMax: 100_000_000 }) {
  const clock = manualClock();
  const metrics = cloudMetrics();
  const hub = feedHub(limits, { clock, metrics });
  await hub.start(new AbortController().signal);
  return { clock, metrics, hub };
}

test('feed hub: a listener hears hello and then everything, in order, with growing sequences [API-20]', async () => {
  const { hub, metrics } = await hubOf();
  hub.publish(event('before'));
  const one = listener();
  hub.join(one.socket, undefined);
  for (const id of ['a', 'b', 'c']) hub.publish(event(id));
  await settled();
  const [hello, ...events] = one.heard;
  assert.deepEqual([hello?.kind, hello?.resumed], ['hello', false]);
  assert.deepEqual(one.ids(), ['a', 'b', 'c']);
  assert.deepEqual(
    events.map((each) => each.sequence - hello!.sequence),
    [1, 2, 3],
  );
  assert.equal(metrics.feedEvents.value('node'), 4);
  await hub.stop();
});

test('feed hub: a listener that comes back with its last sequence misses nothing [API-21]', async () => {
  const { hub } = await hubOf();
  const one = listener();
  hub.join(one.socket, undefined);
  hub.publish(event('a'));
  await settled();
  one.leave();
  for (const id of ['b', 'c']) hub.publish(event(id));
  const again = listener();
  hub.join(again.socket, one.heard.at(-1)!.sequence);
  hub.publish(event('d'));
  await settled();
  assert.equal(again.heard[0]?.resumed, true);
  assert.deepEqual(again.ids(), ['b', 'c', 'd']);
  assert.deepEqual(one.ids(), ['a'], 'who has left hears nothing more');
  const late = listener();
  hub.join(late.socket, 17);
  assert.equal(late.heard[0]?.resumed, false);
  await hub.stop();
});

test('feed hub: whoever does not read is dropped, little waits for him, and others do not notice [API-22]', async () => {
  const { hub, metrics } = await hubOf({ eventsMax: 50, bytesMax: 100_000_000 });
  const [slow, quick] = [listener(), listener()];
  slow.state.stuck = true;
  hub.join(slow.socket, undefined);
  hub.join(quick.socket, undefined);
  for (let i = 0; i < 200; i++) {
    hub.publish(event(`${i}`, 100_000));
    await settled();
  }
  assert.equal(slow.state.closed, 4_008);
  assert.ok(slow.socket.bufferedAmount < 2_500_000, `${slow.socket.bufferedAmount} bytes wait`);
  assert.deepEqual(
    slow.ids(),
    Array.from({ length: slow.ids().length }, (_, i) => `${i}`),
    'no hole before the end',
  );
  assert.equal(quick.ids().length, 200);
  assert.deepEqual([metrics.feedDropped.value(), metrics.feedClients.value()], [1, 1]);
  await hub.stop();
});

test('feed hub: whoever was slow for a moment goes on where he was [API-22]', async () => {
  const { hub } = await hubOf({ eventsMax: 50, bytesMax: 100_000_000 });
  const one = listener();
  one.state.stuck = true;
  hub.join(one.socket, undefined);
  for (let i = 0; i < 40; i++) {
    hub.publish(event(`${i}`, 100_000));
    await settled();
  }
  assert.ok(one.ids().length < 40);
  one.drain();
  await settled();
  assert.deepEqual(
    one.ids(),
    Array.from({ length: 40 }, (_, i) => `${i}`),
  );
  assert.equal(one.state.closed, undefined);
  await hub.stop();
});

test('feed hub: a listener that went silently is forgotten; a stop tells those who are there [API-22]', async () => {
  const { hub, clock, metrics } = await hubOf();
  const [dead, alive] = [listener(), listener()];
  hub.join(dead.socket, undefined);
  hub.join(alive.socket, undefined);
  await clock.advance(30_000);
  assert.deepEqual([dead.state.pings, alive.state.pings], [1, 1]);
  alive.pong();
  await clock.advance(30_000);
  assert.deepEqual([dead.state.terminated, alive.state.terminated], [true, false]);
  assert.equal(metrics.feedClients.value(), 1);
  await hub.stop();
  assert.equal(alive.state.closed, 1_001);
});
