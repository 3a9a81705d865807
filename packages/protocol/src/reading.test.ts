import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeviceId, isValueName, valueNames } from './reading.ts';

test('reading: a device id is one topic level [PRO-5]', () => {
  for (const good of ['pump-7', 'a', 'Halle 3', 'ünïcode', 'x'.repeat(128), 'a$b', '€'.repeat(85), '😀']) {
    assert.equal(isDeviceId(good), true, good);
  }
  for (const bad of ['', 'a/b', '+', 'a#', '$SYS', 'a\u0000', 'a\nb', '\u007f', 'x'.repeat(129), 'half \ud800']) {
    assert.equal(isDeviceId(bad), false, JSON.stringify(bad));
  }
});

test('reading: a device id fits the length byte of a record in UTF-8 [PRO-5]', () => {
  assert.equal(isDeviceId('漢'.repeat(85)), true, '255 bytes');
  assert.equal(isDeviceId('漢'.repeat(86)), false, '258 bytes');
  assert.equal(isDeviceId(`${'é'.repeat(127)}x`), true, '255 bytes');
  assert.equal(isDeviceId('é'.repeat(128)), false, '256 bytes');
});

test('reading: a value has any visible name but __proto__ [PRO-4]', () => {
  for (const good of ['t', '1', 'constructor', 'toString', 'battery.level', ' ', '温度', 'n'.repeat(64)]) {
    assert.equal(isValueName(good), true, good);
    assert.equal(isValueName(good), true, `${good}, asked again`);
  }
  for (const bad of ['', '__proto__', 'n'.repeat(65), 'a\u0000', 'tab\t', '\udc00']) {
    assert.equal(isValueName(bad), false, JSON.stringify(bad));
  }
});

test('reading: names that differ in nothing but surrogate halves cannot become one [PRO-15]', () => {
  assert.equal(isValueName('a\ud800'), false);
  assert.equal(isValueName('a\ud83d\ude00'), true);
});

test('reading: names are ordered by their UTF-16 units, integers too [PRO-2]', () => {
  assert.deepEqual(valueNames({ b: 1, 2: 1, a: 1, 10: 1, A: 1 }), ['10', '2', 'A', 'a', 'b']);
});
