import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days } from '@selvedge/kernel';
import fc from 'fast-check';
import { memoryDisk } from '../adapters/memory/disk.ts';
import type { ClassPolicy } from '../journal.ts';
import { put, recordsOf, start } from '../lent.contract.ts';
import { sharesUnder } from './pressure.ts';

const policy = (name: string, turn?: number): ClassPolicy => ({
  name,
  bytesMax: 1_000_000,
  ageMax: days(7),
  ...(turn !== undefined && { turn }),
});

test('pressure: by turn, each class gives all it has before the next gives anything, and no more than is too much [JRN-32]', () => {
  const turns = fc.uniqueArray(fc.nat(50), { minLength: 1, maxLength: 6 });
  const given = fc.tuple(turns, fc.nat(5_000), fc.infiniteStream(fc.nat(1_000)), fc.infiniteStream(fc.boolean()));
  const holds = ([order, heldMax, sizes, protects]: [number[], number, Stream<number>, Stream<boolean>]): void => {
    const classes = order.map((turn, index) => policy(`${index}`, protects.next().value ? undefined : turn));
    const held = classes.map(() => sizes.next().value);
    const left = [...held];
    for (const { klass, bytesMax } of sharesUnder(classes, held, heldMax)) left[klass] = bytesMax;
    const sum = (all: readonly number[]): number => all.reduce((total, one) => total + one, 0);
    const mayGo = sum(held.filter((_, klass) => classes[klass]!.turn !== undefined));
    assert.equal(sum(left), Math.max(Math.min(sum(held), heldMax), sum(held) - mayGo));
    for (const [klass, one] of classes.entries()) {
      if (left[klass] === held[klass]) continue;
      assert.notEqual(one.turn, undefined);
      for (const [other, { turn }] of classes.entries())
        if (turn !== undefined && turn < one.turn!) assert.equal(left[other], 0);
    }
  };
  fc.assert(fc.property(given, holds as never), { seed: 32, numRuns: 500 });
});

test('pressure: what matters least expires first, and what has no turn stays [JRN-32]', async () => {
  const classes = [policy('alarms'), policy('live', 2), policy('bulk', 1)];
  const { journal } = await start(memoryDisk(), { classes, heldMax: 10 * 904 });
  for (const klass of classes.keys()) journal.cursor(`holder ${klass}`, { classes: [klass], holds: true });
  const text = (i: number): string => `${i}`.padEnd(900, '.');
  const kept = async (): Promise<number[]> => {
    await journal.retain();
    return (await recordsOf(journal)).map((record) => Number.parseInt(record, 10));
  };
  for (let i = 0; i < 12; i++) await put(journal, i % 3, text(i));
  assert.deepEqual(await kept(), [0, 1, 3, 4, 6, 7, 8, 9, 10, 11]);
  for (let i = 12; i < 18; i++) await put(journal, i % 3, text(i));
  assert.deepEqual(await kept(), [0, 3, 6, 7, 9, 10, 12, 13, 15, 16]);
  await journal.stop();
});

type Stream<Value> = { next(): { value: Value } };
