import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFilter } from './filter.ts';

const code = (text: string) => {
  const parsed = parseFilter(text, 5);
  return parsed.ok ? 0 : parsed.code;
};

test('filter: wildcards stand alone, # is last [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.3-1]', () => {
  const good = ['a', '/', '//', '#', '+', 'a/#', '+/a/+', '+/+/#', 'a b/ä', '$SYS/#', '/+'];
  const bad = ['', 'a#', 'a/b#', '#/a', 'a/#/b', '+a', 'a+/b', 'a/+b', '##', '++', 'a/#/'];
  assert.deepEqual(
    good.map(code),
    good.map(() => 0),
  );
  assert.deepEqual(
    bad.map(code),
    bad.map(() => 0x81),
  );
});

test('filter: a shared one has a name without wildcards, and a filter [MQTT-4.8.2-1] [MQTT-4.8.2-2]', () => {
  assert.deepEqual(parseFilter('$share/g/a/+', 5), {
    ok: true,
    value: { group: 'g', text: 'a/+', levels: ['a', '+'] },
  });
  assert.deepEqual(parseFilter('$share/g//a', 5), { ok: true, value: { group: 'g', text: '/a', levels: ['', 'a'] } });
  const bad = ['$share/', '$share/g', '$share/g/', '$share//a', '$share/+/a', '$share/#', '$share/g#/a', '$share/g/a#'];
  assert.deepEqual(
    bad.map(code),
    bad.map(() => 0x81),
  );
  assert.equal(code('$shared/a'), 0);
});

test('filter: one of too many levels is well-formed but not taken [MQB-5]', () => {
  assert.deepEqual([code('a/b/c/d/e'), code('a/b/c/d/e/f')], [0, 0x8f]);
});
