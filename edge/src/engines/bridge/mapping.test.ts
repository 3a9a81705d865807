import assert from 'node:assert/strict';
import { test } from 'node:test';
import { echoesOf, mapping } from './mapping.ts';
import { overlaps } from './overlap.ts';
import { type BridgeRule, ruleDefaults } from './rule.ts';

const rule = (of: Partial<BridgeRule>): BridgeRule => ({ ...ruleDefaults, direction: 'both', ...of });

test('mapping: a topic crosses by its rule, one prefix in the place of the other, and no other topic crosses [BRG-2]', () => {
  const rules = [
    rule({ direction: 'out', filter: 'sensors/#', remotePrefix: 'plant/edge-1/' }),
    rule({ direction: 'in', filter: '+/set', localPrefix: 'orders/', remotePrefix: 'plant/edge-1/', qos: 2 }),
    rule({ direction: 'out', localPrefix: 'health', remotePrefix: 'plant/edge-1/is', qos: 0 }),
  ];
  const out = mapping(rules, 'out');
  assert.deepEqual(out.wanted, [
    { filter: 'sensors/#', qos: 1 },
    { filter: 'health', qos: 0 },
  ]);
  assert.equal(out.map('sensors/a/data'), 'plant/edge-1/sensors/a/data');
  assert.equal(out.map('sensors'), 'plant/edge-1/sensors');
  assert.equal(out.map('health'), 'plant/edge-1/is');
  for (const topic of ['healthy', 'alerts/a', '$SYS/sensors', 'orders/x/set']) assert.equal(out.map(topic), undefined);
  const incoming = mapping(rules, 'in');
  assert.deepEqual(incoming.wanted, [{ filter: 'plant/edge-1/+/set', qos: 2 }]);
  assert.equal(incoming.map('plant/edge-1/pump/set'), 'orders/pump/set');
  assert.equal(incoming.map('plant/edge-1/a/b/set'), undefined);
});

test('mapping: an answer is sought under the name under which it comes back [BRG-3]', () => {
  const rules = [
    rule({ direction: 'out', filter: 'ask/#', remotePrefix: 'r/' }),
    rule({ direction: 'in', filter: 'answer/#', remotePrefix: 'r/', localPrefix: 'l/' }),
  ];
  assert.equal(mapping(rules, 'out').reverse('l/answer/7'), 'r/answer/7');
  assert.equal(mapping(rules, 'out').reverse('elsewhere'), undefined);
  assert.equal(mapping(rules, 'in').reverse('r/ask/1'), 'ask/1');
});

test('mapping: rules by which messages come back are known beforehand [BRG-13]', () => {
  assert.deepEqual(echoesOf([rule({ filter: '#', remotePrefix: 'a/' })]), ['rule 1 sends what rule 1 fetches']);
  const apart = [
    rule({ direction: 'out', filter: '#', localPrefix: 'x/', remotePrefix: 'a/' }),
    rule({ direction: 'in', filter: '#', localPrefix: 'x/', remotePrefix: 'b/' }),
  ];
  assert.deepEqual(echoesOf(apart), []);
});

test('mapping: filters overlap when some topic matches both [BRG-13]', () => {
  for (const [one, other, meet] of [
    ['a/b', 'a/b', true],
    ['a/b', 'a/c', false],
    ['a/+', '+/b', true],
    ['a/+/c', 'a/b', false],
    ['a/#', 'a', true],
    ['a/#', 'b/#', false],
    ['#', 'x/y', true],
    ['+', 'x/y', false],
    ['#', '$SYS/x', false],
    ['$SYS/#', '$SYS/+', true],
    ['a/+/c/#', 'a/b/#', true],
  ] as const) {
    assert.equal(overlaps(one, other), meet, `${one} and ${other}`);
    assert.equal(overlaps(other, one), meet, `${other} and ${one}`);
  }
});
