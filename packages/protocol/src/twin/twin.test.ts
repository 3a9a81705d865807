import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolution, reversal } from './answer.ts';
import { editTwin, type TwinEdit } from './edit.ts';
import type { ConflictEvent, TwinEvent } from './event.ts';
import { mergeTwin } from './merge.ts';
import { effectiveOf, type Policy } from './policy.ts';
import { nextStamp } from './stamp.ts';
import { digestOf, newTwin, type Twin } from './twin.ts';
import { type TwinValue, twinMax } from './value.ts';
import { twinValues } from './view.ts';

const start = 1_700_000_000_000;
const driftMax = 300_000;
const year = 31_536_000_000;

/** One side of a twin, with a clock of its own. */
function side(replica: string, twin: Twin = newTwin('pump-7')) {
  const events: TwinEvent[] = [];
  const own = {
    now: start,
    twin,
    events,
    tryEdit: (...edits: readonly TwinEdit[]) =>
      editTwin(own.twin, edits, { now: own.now, driftMax, replica, by: 'test' }),
    edit(path: string, value?: TwinValue, about?: string): void {
      own.now += 1_000;
      const moment = { now: own.now, driftMax, replica, by: 'test', ...(about === undefined ? {} : { about }) };
      const edited = editTwin(own.twin, [value === undefined ? { path } : { path, value }], moment);
      assert.ok(edited.ok, edited.ok ? '' : edited.why);
      own.twin = edited.value.twin;
      events.push(...edited.value.events);
    },
    hear(other: { twin: Twin }): void {
      const merged = mergeTwin(own.twin, other.twin, { now: own.now, driftMax });
      own.twin = merged.twin;
      events.push(...merged.events);
    },
    says: (path: string): TwinValue | undefined => effectiveOf(own.twin, path).value,
    conflicts: (): ConflictEvent[] => events.filter((event) => event.kind === 'conflict'),
  };
  return own;
}

const pair = () => ({ cloud: side('cloud'), edge: side('edge-1/4f0c2a91b7de') });

/** A field on which both agree and that both then edit apart, the cloud later. */
function crossed(policy: Policy | undefined, path: string, base: TwinValue, edges: TwinValue, clouds: TwinValue) {
  const { cloud, edge } = pair();
  if (policy) cloud.edit(`policy.${path}`, policy);
  cloud.edit(path, base);
  edge.hear(cloud);
  edge.edit(path, edges);
  cloud.now += 5_000;
  cloud.edit(path, clouds);
  edge.hear(cloud);
  cloud.hear(edge);
  return { cloud, edge };
}

test('twin: each policy decides as it says, on both sides alike [TWN-8]', () => {
  const cases: readonly [Policy | undefined, TwinValue, TwinValue, TwinValue][] = [
    [undefined, 5, 7, 7],
    ['latest', 5, 7, 7],
    ['edge', 5, 7, 5],
    ['cloud', 5, 7, 7],
    ['min', 5, 7, 5],
    ['max', 9, 7, 9],
    ['union', ['a', 'b'], ['b', 'c'], ['a', 'b', 'c']],
  ];
  for (const [policy, edges, clouds, said] of cases) {
    const base = policy === 'union' ? ['x'] : 1;
    const { cloud, edge } = crossed(policy, 'tags.hall', base, edges, clouds);
    assert.deepEqual([cloud.says('tags.hall'), edge.says('tags.hall')], [said, said], policy);
    assert.equal(digestOf(cloud.twin), digestOf(edge.twin));
  }
  const { cloud } = crossed(undefined, 'desired.heater.setpoint', 1, 5, 7);
  cloud.edit('policy.desired.heater', 'min');
  assert.equal(cloud.says('desired.heater.setpoint'), 5, 'the policy of the nearest path above');
});

test('twin: crossed edits give one event with both values on each side; others give none [TWN-7]', () => {
  const { cloud, edge } = crossed('max', 'tags.hall', 1, 5, 7);
  for (const one of [cloud, edge]) {
    one.hear(cloud);
    one.hear(edge);
  }
  assert.equal(cloud.conflicts().length, 1);
  assert.deepEqual(
    edge.conflicts().map(({ id }) => id),
    cloud.conflicts().map(({ id }) => id),
  );
  const [{ writes, after, parked, policy }] = cloud.conflicts() as [ConflictEvent];
  assert.deepEqual([writes.map(({ value }) => value), after, parked, policy], [[7, 5], 7, false, 'max']);
  assert.equal(crossed('max', 'tags.hall', 1, 5, 7).cloud.events.filter(({ kind }) => kind === 'conflict').length, 1);
});

test('twin: manual keeps what was agreed on until a person resolves it, for both sides [TWN-9, TWN-10]', () => {
  const { cloud, edge } = crossed('manual', 'tags.hall', 1, 5, 7);
  assert.deepEqual(effectiveOf(cloud.twin, 'tags.hall'), { value: 1, parked: true });
  assert.deepEqual(effectiveOf(edge.twin, 'tags.hall'), { value: 1, parked: true });
  const [conflict] = cloud.conflicts();
  assert.equal(resolution(cloud.twin, conflict!, { take: 'edge-9/x' }).ok, false);
  assert.deepEqual(resolution(cloud.twin, conflict!, { value: 6 }), {
    ok: true,
    value: { path: 'tags.hall', value: 6 },
  });
  const chosen = resolution(cloud.twin, conflict!, { take: 'edge' });
  assert.ok(chosen.ok);
  cloud.edit(chosen.value.path, chosen.value.value, conflict!.id);
  edge.hear(cloud);
  for (const one of [cloud, edge]) assert.deepEqual(effectiveOf(one.twin, 'tags.hall'), { value: 5, parked: false });
  assert.equal(edge.twin.fields['tags.hall']!.writes[0]!.about, conflict!.id);
  assert.equal(resolution(cloud.twin, conflict!, { take: 'cloud' }).ok, false, 'it is over');
});

test('twin: nothing was agreed on before the first edits: a parked field is empty [TWN-9]', () => {
  const { cloud, edge } = pair();
  cloud.edit('policy.tags', 'manual');
  edge.hear(cloud);
  cloud.edit('tags.hall', 1);
  edge.edit('tags.hall', 2);
  edge.hear(cloud);
  assert.deepEqual(effectiveOf(edge.twin, 'tags.hall'), { parked: true });
});

test('twin: an event is taken back by a new edit [TWN-11]', () => {
  const { cloud } = crossed('latest', 'tags.hall', 1, 5, 7);
  const [conflict] = cloud.conflicts();
  assert.deepEqual(reversal(conflict!), { ok: true, value: { path: 'tags.hall', value: 5 } });
  const edits = cloud.events.filter((event) => event.kind === 'edit' && event.path === 'tags.hall');
  assert.deepEqual(reversal(edits[0]!), { ok: true, value: { path: 'tags.hall' } }, 'before it there was nothing');
  assert.deepEqual(reversal(edits[1]!), { ok: true, value: { path: 'tags.hall', value: 1 } });
  const union = crossed('union', 'tags.all', ['x'], ['a'], ['b']).cloud.conflicts()[0]!;
  assert.deepEqual(reversal(union), { ok: true, value: { path: 'tags.all', value: ['x'] } });
  const parked = crossed('manual', 'tags.hall', 1, 5, 7).cloud.conflicts()[0]!;
  assert.equal(reversal(parked).ok, false);
});

test('twin: an edit replaces what it has seen, also by a clock that is behind; a deleted field stays deleted [TWN-2, TWN-5]', () => {
  const { cloud, edge } = pair();
  cloud.edit('tags.hall', 1);
  const old = { twin: cloud.twin };
  edge.now -= year;
  edge.hear(cloud);
  edge.edit('tags.hall');
  cloud.hear(edge);
  cloud.hear(old);
  assert.equal(cloud.says('tags.hall'), undefined);
  assert.equal(cloud.conflicts().length, 0);
});

test('twin: a stamp is later than what it has seen, and never follows a clock that is far ahead [TWN-3]', () => {
  const near = { wall: start + 1_000, counter: 4 };
  assert.deepEqual(nextStamp([near, { wall: start, counter: 9 }], start, driftMax), {
    wall: start + 1_000,
    counter: 5,
  });
  assert.deepEqual(nextStamp([{ wall: start + year, counter: 0 }, near], start, driftMax), {
    wall: start + 1_000,
    counter: 5,
  });
  assert.deepEqual(nextStamp([], start + 0.5, driftMax), { wall: start, counter: 0 });
});

test('twin: an edit from a clock a year ahead counts as made at its arrival, and everybody learns it [TWN-4]', () => {
  const { cloud, edge } = pair();
  edge.now += year;
  edge.edit('tags.hall', 5);
  cloud.edit('tags.hall', 6);
  cloud.now += 10_000;
  cloud.hear(edge);
  assert.deepEqual(cloud.events.filter(({ kind }) => kind === 'clamp').length, 1);
  assert.equal(cloud.twin.fields['tags.hall']!.writes[1]!.stamp.wall, cloud.now);
  edge.hear(cloud);
  assert.equal(digestOf(edge.twin), digestOf(cloud.twin));
  cloud.now += 1_000;
  cloud.hear(edge);
  assert.equal(cloud.events.filter(({ kind }) => kind === 'clamp').length, 1, 'told once');
  cloud.edit('tags.hall', 7);
  edge.hear(cloud);
  assert.equal(edge.says('tags.hall'), 7, 'the next edit is obeyed');
});

test('twin: a replica that was set back by a backup gives no number twice [TWN-6]', () => {
  const { cloud, edge } = pair();
  const backup = cloud.twin;
  cloud.edit('tags.hall', 1);
  edge.hear(cloud);
  const before = cloud.twin.fields['tags.hall']!.writes[0]!.n;
  cloud.twin = backup;
  cloud.edit('tags.hall', 2);
  assert.ok(cloud.twin.fields['tags.hall']!.writes[0]!.n > before);
  edge.hear(cloud);
  assert.equal(edge.says('tags.hall'), 2);
});

test('twin: what was created apart is joined without losing a field [TWN-13]', () => {
  const cloud = side('cloud', newTwin('pump-7', { node: 'edge-1', term: 1 }));
  const edge = side('edge-1/4f0c2a91b7de', newTwin('pump-7', { node: 'edge-1', term: 0 }));
  edge.edit('tags.type', 'pump');
  edge.edit('reported.interval', 5);
  cloud.edit('tags.hall', 'A');
  cloud.hear(edge);
  edge.hear(cloud);
  const { tags, reported } = twinValues(edge.twin);
  assert.deepEqual([tags, reported], [{ hall: 'A', type: 'pump' }, { interval: 5 }]);
  assert.equal(digestOf(edge.twin), digestOf(cloud.twin));
});

test('twin: what another node wrote does not count against the owner [TWN-14]', () => {
  const old = side('edge-1/4f0c2a91b7de', newTwin('pump-7', { node: 'edge-1', term: 1 }));
  const owner = side('edge-2/0c2a91b7de4f', newTwin('pump-7', { node: 'edge-2', term: 2 }));
  owner.edit('reported.interval', 5);
  old.now += 60_000;
  old.edit('reported.interval', 4);
  owner.hear(old);
  old.hear(owner);
  assert.deepEqual([owner.says('reported.interval'), old.says('reported.interval')], [5, 5]);
});

test('twin: what a policy cannot decide about, and what is out of bounds, is refused as a whole [TWN-12, TWN-15]', () => {
  const { cloud } = pair();
  cloud.edit('policy.desired.a', 'min');
  cloud.edit('policy.desired.b', 'union');
  const fields = Array.from({ length: twinMax.fields + 1 }, (_, index) => ({ path: `tags.f${index}`, value: 1 }));
  const texts = Array.from({ length: 80 }, (_, index) => ({ path: `tags.f${index}`, value: 'x'.repeat(4_000) }));
  const wrong: readonly (readonly [RegExp, readonly TwinEdit[]])[] = [
    [
      /^desired\.a: policy min cannot/,
      [
        { path: 'tags.ok', value: 1 },
        { path: 'desired.a', value: 'x' },
      ],
    ],
    [/^desired\.b: policy union cannot/, [{ path: 'desired.b', value: 1 }]],
    [/^policy\.tags: .* is no policy/, [{ path: 'policy.tags', value: 'newest' }]],
    [/is no path of a twin/, [{ path: 'secret.a', value: 1 }]],
    [/is no path of a twin/, [{ path: 'tags.a..b', value: 1 }]],
    [/4098 bytes/, [{ path: 'tags.a', value: 'x'.repeat(4_096) }]],
    [/no number, text/, [{ path: 'tags.a', value: Number.NaN }]],
    [/257 fields|259 fields/, fields],
    [/bytes, 262144 are allowed/, texts],
  ];
  const before = digestOf(cloud.twin);
  for (const [why, edits] of wrong) {
    const refused = cloud.tryEdit(...edits);
    assert.ok(!refused.ok && why.test(refused.why), JSON.stringify(refused).slice(0, 200));
  }
  assert.equal(digestOf(cloud.twin), before);
});
