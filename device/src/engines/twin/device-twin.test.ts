import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault, silentLog } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';
import type { Connection } from '../../ports.ts';
import { deviceTwin } from './device-twin.ts';

/** A connection that acknowledges when it is told to. */
function line() {
  const published: { topic: string; body: unknown; done: PromiseWithResolvers<void> }[] = [];
  const filters: string[] = [];
  const connection: Connection = {
    lost: new AbortController().signal,
    inFlightMax: 8,
    publish(topic, payload) {
      const done = Promise.withResolvers<void>();
      published.push({ topic, body: JSON.parse(Buffer.from(payload).toString()), done });
      return done.promise;
    },
    subscribe: async (filter) => void filters.push(filter),
    close: async () => undefined,
  };
  return { connection, published, filters };
}

const turn = (): Promise<void> => new Promise((resolve) => systemClock.soon(resolve));
const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

test('device twin: what it should do reaches the handler; a failing one and nonsense end nothing [TWN-35]', async () => {
  const heard: unknown[] = [];
  const twin = deviceTwin('pump-7', silentLog);
  const { connection, filters } = line();
  twin.handle((desired) => {
    heard.push(desired);
    if (desired['fail']) throw new Error('no');
  });
  await twin.attach(connection);
  assert.deepEqual(filters, ['twin/pump-7/desired']);
  for (const one of [{ desired: { interval: 5 } }, { desired: { fail: true } }, { desired: 7 }, 7])
    await twin.arrive(bytes(one));
  await twin.arrive(Buffer.from('{'));
  assert.deepEqual(heard, [{ interval: 5 }, { fail: true }]);
});

test('device twin: a report settles when the edge has it, and outlasts a lost connection [TWN-35]', async () => {
  const twin = deviceTwin('pump-7', silentLog);
  const [first, second] = [line(), line()];
  const told: string[] = [];
  const one = twin.report({ interval: 5, mode: 'eco' }).then(() => told.push('one'));
  await twin.attach(first.connection);
  assert.deepEqual(first.filters, [], 'nobody wants to know what it should do');
  const two = twin.report({ interval: 6 }).then(() => told.push('two'));
  await turn();
  assert.deepEqual([first.published.map(({ body }) => body), told], [[{ interval: 5, mode: 'eco' }], []]);
  first.published[0]!.done.reject(new Error('lost'));
  await turn();
  await twin.attach(second.connection);
  await turn();
  assert.deepEqual(
    second.published.map(({ topic, body }) => [topic, body]),
    [['twin/pump-7/reported', { interval: 6, mode: 'eco' }]],
  );
  second.published[0]!.done.resolve();
  await Promise.all([one, two]);
  assert.deepEqual(new Set(told), new Set(['one', 'two']));
  await twin.report({});
});

test('device twin: what may wait is bounded, and what waits at the end is rejected [TWN-35]', async () => {
  const twin = deviceTwin('pump-7', silentLog);
  const many = Object.fromEntries(Array.from({ length: 257 }, (_, index) => [`f${index}`, 1]));
  const codeOf = (cause: unknown): string => (cause instanceof Fault ? cause.code : String(cause));
  assert.equal(await twin.report(many).catch(codeOf), 'TWIN_FULL');
  const left = twin.report({ interval: 5 }).catch(codeOf);
  twin.stop();
  assert.equal(await left, 'DEVICE_STOPPED');
});
