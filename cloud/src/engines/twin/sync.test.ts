import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf, editTwin, newTwin, rootOf, type Twin, type TwinFrame } from '@selvedge/protocol';
import { twinSync } from './sync.ts';

function twinOf(device: string, value: string): Twin {
  const moment = { now: 1_000, driftMax: 1, replica: 'cloud', by: 'operator:ada' };
  const edited = editTwin(newTwin(device, { node: 'edge-1', term: 1 }), [{ path: 'tags.hall', value }], moment);
  assert.ok(edited.ok);
  return edited.value.twin;
}

/** A sync over some twins of the node edge-1. */
function setUp(...all: readonly Twin[]) {
  const claimed: string[] = [];
  const byDevice = new Map(all.map((twin) => [twin.device, twin]));
  const pick = (devices: readonly string[]): readonly Twin[] =>
    devices.flatMap((device) => (byDevice.has(device) ? [byDevice.get(device)!] : []));
  const sync = twinSync('edge-1', {
    digests: async () => all.map((twin) => [twin.device, digestOf(twin)] as const),
    whole: async (devices) => pick(devices),
    async claim(_node, devices) {
      claimed.push(...devices);
      return pick(devices);
    },
  });
  return { sync, claimed, hear: (frame: TwinFrame | object) => sync.hear(frame, 5) };
}

test('twin sync: one text for all tells that nothing differs [TWN-22]', async () => {
  const all = [twinOf('a', '1'), twinOf('b', '2')];
  const { hear } = setUp(...all);
  const root = rootOf(all.map((twin) => [twin.device, digestOf(twin)] as const));
  assert.deepEqual(await hear({ kind: 'root', root }), []);
  assert.deepEqual(await hear({ kind: 'root', root: rootOf([]) }), [{ kind: 'differs' }]);
});

test('twin sync: only those that differ travel, also one that the cloud has not [TWN-22]', async () => {
  const [a, b, c] = [twinOf('a', '1'), twinOf('b', '2'), twinOf('c', '3')];
  const { hear } = setUp(a, b, c);
  assert.deepEqual(await hear({ kind: 'digests', digests: [['a', digestOf(a)]], last: false }), []);
  const answer = await hear({
    kind: 'digests',
    digests: [
      ['b', 'other'],
      ['d', 'new'],
    ],
    last: true,
  });
  assert.deepEqual(answer, [
    { kind: 'state', whole: true, ...b },
    { kind: 'state', whole: true, ...c },
    { kind: 'state', whole: true, device: 'd', owner: { node: '', term: 0 }, fields: {} },
  ]);
});

test('twin sync: one round is bounded, and the node compares again for the rest [TWN-23]', async () => {
  const all = Array.from({ length: 500 }, (_, index) => twinOf(`d${index}`, 'x'.repeat(4_000)));
  const { hear } = setUp(...all);
  const answer = await hear({ kind: 'digests', digests: [], last: true });
  assert.ok(Array.isArray(answer) && answer.length < 300, `${answer.length} frames`);
  assert.deepEqual(answer.at(-1), { kind: 'differs' });
});

test('twin sync: a wanted twin is claimed for the node; what is not for a node to say is told so [TWN-16, TWN-29]', async () => {
  const a = twinOf('a', '1');
  const { hear, claimed } = setUp(a);
  assert.deepEqual(await hear({ kind: 'want', devices: ['a', 'z'] }), [{ kind: 'state', whole: true, ...a }]);
  assert.deepEqual(claimed, ['a', 'z']);
  assert.match(String(await hear({ kind: 'state', whole: true, ...a })), /not for a node/);
  assert.match(String(await hear({ kind: 'other' })), /no kind/);
});
