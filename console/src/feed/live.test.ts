import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReadingEvent } from '../api/views.ts';
import { liveStore } from './live.ts';
import { afterReading, readingsIn } from './live-device.ts';
import { countEvents, emptyRate, eventsPerSecond, wholeSeconds } from './rate.ts';

const reading = (device: string, takenAt: number, values: ReadingEvent['values'], readingsTotal = 1): ReadingEvent => ({
  device,
  node: 'edge-1',
  takenAt,
  values,
  readingsTotal,
});

test('console: a late reading adds to the curve but does not turn the latest values back [CON-2]', () => {
  const first = afterReading(undefined, reading('pump-7', 60_000, { bar: 4, open: true }));
  const late = afterReading(first, reading('pump-7', 30_000, { bar: 9, mode: 'auto' }, 2));
  assert.deepEqual(late.values, { bar: 4, open: true, mode: 'auto' });
  assert.equal(late.takenAt, 60_000);
  assert.equal(late.readingsTotal, 2);
  assert.deepEqual(
    late.trend.points.map(({ time, mean }) => [time, mean]),
    [
      [30_000, 9],
      [60_000, 4],
    ],
  );
});

test('console: the small curve follows the first numeric metric and forgets what is older than it shows [CON-2]', () => {
  let device = afterReading(undefined, reading('pump-7', 0, { mode: 'auto', bar: 4, rpm: 900 }));
  device = afterReading(device, reading('pump-7', 200_000, { rpm: 1, bar: 5 }));
  device = afterReading(device, reading('pump-7', 400_000, { rpm: 2, bar: 6 }));
  assert.equal(device.trendMetric, 'bar');
  assert.deepEqual(
    device.trend.points.map((point) => point.mean),
    [5, 6],
  );
});

test('console: a thousand readings in one frame tell each listener once [CON-16]', () => {
  const live = liveStore();
  let told = 0;
  const stop = live.subscribe('pump-7', () => {
    told += 1;
  });
  for (let at = 0; at < 1_000; at++) live.take(reading('pump-7', at, { bar: at }, at), 0);
  assert.equal(told, 0);
  live.flush();
  live.flush();
  assert.equal(told, 1);
  assert.equal(live.device('pump-7')?.values['bar'], 999);
  stop();
  live.take(reading('pump-7', 2_000, { bar: 1 }), 0);
  live.flush();
  assert.equal(told, 1);
});

test('console: a recorder gives every reading of its device once and is bounded [CON-4]', () => {
  const live = liveStore();
  const recorder = live.record('pump-7');
  live.take(reading('pump-7', 1, { bar: 1 }), 0);
  live.take(reading('pump-8', 2, { bar: 2 }), 0);
  assert.deepEqual(recorder.next(), [reading('pump-7', 1, { bar: 1 })]);
  assert.deepEqual(recorder.next(), []);
  for (let at = 0; at < 6_000; at++) live.take(reading('pump-7', at, { bar: at }), 0);
  const kept = recorder.next();
  assert.equal(kept.length, 5_000);
  assert.equal(kept.at(-1)?.takenAt, 5_999);
  recorder.stop();
});

test('console: devices that are new are named once, and forgotten when the feed cannot resume [CON-2]', () => {
  const live = liveStore();
  live.take(reading('pump-7', 1, { bar: 1 }), 0);
  live.take(reading('pump-7', 2, { bar: 1 }), 0);
  assert.deepEqual(live.newcomers(), ['pump-7']);
  assert.deepEqual(live.newcomers(), []);
  live.clear();
  assert.equal(live.device('pump-7'), undefined);
});

test('console: readings per second are measured over whole seconds and fall to 0 in silence [CON-1]', () => {
  let meter = emptyRate;
  for (let at = 0; at < 10_000; at += 25) meter = countEvents(meter, 1, at);
  assert.equal(eventsPerSecond(meter, 10_000), 40);
  assert.equal(eventsPerSecond(meter, 12_500), 24);
  assert.equal(eventsPerSecond(meter, 60_000), 0);
  assert.equal(wholeSeconds(meter, 1_000_000).length <= 60, true);
  assert.equal(eventsPerSecond(emptyRate, 5_000), 0);
});

test('console: an event that stands for several readings counts as that many [CON-1]', () => {
  const device = afterReading(undefined, reading('pump-7', 1, { bar: 1 }, 100));
  assert.equal(readingsIn(device, reading('pump-7', 2, { bar: 1 }, 107)), 7);
  assert.equal(readingsIn(device, reading('pump-7', 2, { bar: 1 }, 90)), 1);
  assert.equal(readingsIn(undefined, reading('pump-7', 2, { bar: 1 }, 90)), 1);
});
