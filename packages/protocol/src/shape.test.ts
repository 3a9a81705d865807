import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { kindOf, shapes, valueKind } from './shape.ts';

test('shapes: the same names and kinds share one shape [PRO-8]', () => {
  const table = shapes();
  const one = table.of(['open', 'speed', 'state'], [true, 1, 'on'], 3);
  assert.equal(table.of(['open', 'speed', 'state'], [false, -7, ''], 3), one);
  assert.deepEqual(one.names, ['open', 'speed', 'state']);
  assert.deepEqual(one.kinds, [valueKind.boolean, valueKind.number, valueKind.text]);
  assert.equal(table.size, 1);
});

test('shapes: other names, kinds, orders or counts are other shapes [PRO-8]', () => {
  const table = shapes();
  const all = [
    table.of(['a', 'b'], [1, 1], 2),
    table.of(['b', 'a'], [1, 1], 2),
    table.of(['a', 'b'], [1, true], 2),
    table.of(['a', 'b'], [1, 'x'], 2),
    table.of(['a', 'b'], [1, 1], 1),
    table.of([], [], 0),
  ];
  assert.equal(new Set(all.map((shape) => shape.id)).size, all.length);
  assert.equal(table.size, all.length);
});

test('shapes: what lies behind the count, left over from an earlier reading, says nothing [PRO-8]', () => {
  const table = shapes();
  assert.equal(table.of(['a', 'left over'], [1, 2], 1), table.of(['a'], [1], 1));
});

test('shapes: the bytes are those of the reading record [PRO-8]', () => {
  const shape = shapes().of(['é', 'on'], [1, true], 2);
  assert.deepEqual(Buffer.from(shape.bytes), Buffer.from('0200 02c3a9 01 02 6f6e'.replaceAll(' ', ''), 'hex'));
});

test('shapes: devices that invent names for ever do not fill the memory [PRO-8]', () => {
  const table = shapes();
  const names = [...Array(64).keys()].map(String);
  const values = names.map(() => 1);
  let sizeMax = 0;
  for (let i = 0; i < 2_000; i++) {
    names[0] = `invented ${i}`;
    table.of(names, values, names.length);
    sizeMax = Math.max(sizeMax, table.size);
  }
  assert.ok(sizeMax * names.length < 51_000, `${sizeMax} shapes of ${names.length} names were held`);
  assert.equal(kindOf('x'), valueKind.text);
});
