import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { joinFields } from './field.ts';
import { deeds, judge, paths, planted, run } from './replicas.fixture.ts';

for (const sides of [2, 3]) {
  test(`twin: ${sides} replicas agree after any edits, partitions, repeats and clock jumps [TWN-1, TWN-2, TWN-5]`, () => {
    fc.assert(
      fc.property(deeds(sides), (all) => {
        judge(run(sides, all));
      }),
      { seed: 20_260_101, numRuns: 400 },
    );
  });
}

test('twin: edits that crossed give one event with both values, known to all in the end; others give none [TWN-7]', () => {
  fc.assert(
    fc.property(deeds(2), (all) => {
      const { at } = run(2, all);
      const events = new Map(at.flatMap((one) => [...one.events]));
      const edits = [...events.values()].filter((event) => event.kind === 'edit');
      for (const event of events.values()) {
        if (event.kind !== 'conflict') continue;
        const [one, other] = event.writes;
        assert.notEqual(one.replica, other.replica);
        for (const write of event.writes) {
          const made = edits.find((edit) => edit.write.replica === write.replica && edit.write.n === write.n);
          assert.ok(made, 'each value of a conflict was an edit');
          assert.deepEqual(made.write.value, write.value);
        }
      }
      // What still stands beside each other at the end must have been told by everybody.
      for (const { twin, events: own } of at)
        for (const [path, { writes }] of Object.entries(twin.fields)) {
          if (writes.length < 2) continue;
          const told = [...own.values()].filter((event) => event.kind === 'conflict' && event.path === path);
          const pairs = told.flatMap((event) =>
            event.kind === 'conflict' ? [event.writes.map(({ n }) => n).join()] : [],
          );
          assert.equal(pairs.filter((pair) => pair === writes.map(({ n }) => n).join()).length, 1);
        }
    }),
    { seed: 20_260_102, numRuns: 300 },
  );
});

test('twin: joining is commutative, associative and idempotent [TWN-1]', () => {
  fc.assert(
    fc.property(deeds(3), fc.constantFrom(...paths), (all, path) => {
      const fields = run(3, all)
        .at.flatMap(({ past }) => past.slice(-3))
        .map(({ fields: one }) => one[path] ?? { seen: {}, writes: [] });
      const text = (field: object): string => JSON.stringify(sorted(field));
      for (const one of fields)
        for (const other of fields) {
          assert.equal(text(joinFields(one, other)), text(joinFields(other, one)));
          assert.equal(text(joinFields(joinFields(one, other), other)), text(joinFields(one, other)));
          for (const third of fields.slice(0, 2))
            assert.equal(
              text(joinFields(joinFields(one, other), third)),
              text(joinFields(one, joinFields(other, third))),
            );
        }
    }),
    { seed: 20_260_103, numRuns: 100 },
  );
});

for (const [bug, merge] of Object.entries(planted)) {
  test(`twin: it is caught that ${bug} [TWN-1]`, () => {
    const { failed } = fc.check(
      fc.property(deeds(2), (all) => judge(run(2, all, merge))),
      { seed: 20_260_104, numRuns: 500 },
    );
    assert.equal(failed, true);
  });
}

const sorted = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value)
          .sort(([one], [other]) => (one < other ? -1 : 1))
          .map(([name, one]) => [name, sorted(one)]),
      )
    : Array.isArray(value)
      ? value.map(sorted)
      : value;
