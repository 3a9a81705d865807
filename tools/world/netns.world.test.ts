import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { needs } from './missing.ts';
import { makeNamespaces, type Namespaces } from './netns.ts';
import { layRoads, type Weather } from './netns-relay.ts';
import { watch } from './watch.ts';

const count = 400;
const port = 4_000;
const near = '10.77.1.1';
const far = '10.77.1.2';

const hear = `const socket = require('node:dgram').createSocket('udp4');
socket.on('message', (part) => console.log(String(part)));
socket.bind(${port}, '${far}', () => console.log('ready'));`;

const say = `const socket = require('node:dgram').createSocket('udp4');
let n = 0;
const timer = setInterval(() => {
  if (n === ${count}) { clearInterval(timer); socket.close(); }
  else socket.send(String(n++).padEnd(100), ${port}, '${far}');
}, 1);`;

test('world: namespaces are apart but for roads, which lose, delay, reorder, double, limit and cut as the weather says [WLD-6]', async (t) => {
  const namespaces = await needs(t, () => makeNamespaces(['near', 'far', 'between']));
  if (!namespaces) return;
  await using _ = namespaces;
  const relay = await needs(t, () =>
    layRoads(namespaces, {
      home: 'between',
      seed: 7,
      roads: [{ name: 'road', near: { place: 'near', address: near }, far: { place: 'far', address: far } }],
    }),
  );
  if (!relay) return;
  try {
    const told = async (weather: Weather): Promise<readonly number[]> => {
      relay.weather('road', weather);
      return arrived(namespaces);
    };
    const all = Array.from({ length: count }, (_, n) => n);
    assert.deepEqual(await told({}), all);
    const left = (await told({ loss: 0.3 })).length / count;
    assert.ok(left > 0.6 && left < 0.8, `${left} are left of a road that loses 0.3`);
    const mixed = await told({ delay: [20, 60], late: 0.2 });
    assert.notDeepEqual(mixed, all);
    assert.deepEqual(mixed.toSorted(ascending), all);
    const twice = await told({ twice: 0.5 });
    assert.deepEqual([...new Set(twice)].toSorted(ascending), all);
    assert.ok(twice.length > 1.3 * count, `${twice.length} of ${count} that come twice as a rule`);
    const limited = await told({ rate: 64_000 });
    assert.ok(limited.length < count / 2, `${limited.length} of ${count * 128} bytes passed a narrow road`);
    assert.deepEqual(await told({ cut: true }), []);
    const { road } = await relay.counts();
    for (const fate of ['carried', 'lost', 'cut', 'late', 'twice', 'overflowed'] as const)
      assert.ok(road![fate] > 0, `${fate} is counted`);
  } finally {
    await relay.stop();
  }
});

const ascending = (a: number, b: number): number => a - b;

/** Sends numbered datagrams from near to far, and gives those that arrived, in their order. */
async function arrived(namespaces: Namespaces<'near' | 'far' | 'between'>): Promise<readonly number[]> {
  const hearer = watch(namespaces.spawn('far', process.execPath, ['-e', hear], { stdio: ['ignore', 'pipe', 'pipe'] }));
  await hearer.saw('ready');
  await namespaces.run('near', process.execPath, ['-e', say]);
  // The longest delay and the longest queue.
  await sleep(1_500);
  const { stdout } = await hearer.stop();
  return stdout
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => Number.parseInt(line, 10));
}
