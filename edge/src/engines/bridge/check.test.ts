import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '@selvedge/kernel';
import { checkBridgePasswords, checkBridges } from './check.ts';
import { bridgeDefaults } from './rule.ts';

const good = { name: 'plant', url: 'mqtts://broker.example:8883', rules: [{ direction: 'in', filter: 'a/#' }] };
const why = (raw: unknown): string => {
  const found = checkBridges(raw);
  return found.ok ? '' : found.why;
};

test('bridge: what a configuration leaves out has its default [BRG-17]', () => {
  const found = checkBridges([{ ...good, retryMax: '9s' }]);
  assert.ok(found.ok);
  const rule = { direction: 'in', filter: 'a/#', localPrefix: '', remotePrefix: '', qos: 1, readings: 'journal' };
  assert.deepEqual(found.value, [{ ...bridgeDefaults, ...good, retryMax: seconds(9), rules: [rule] }]);
});

test('bridge: all mistakes of a configuration are told at once, with their place [BRG-17]', () => {
  const told = why([
    good,
    { ...good, url: 'mqtt://me:secret@x', protocol: 5, sessionExpiry: 7, inFlightMax: 0, password: 'x', colour: 1 },
    {
      name: 'a/b',
      url: 'http://x',
      certificate: 'c.pem',
      rules: [
        { direction: 'up', qos: 3 },
        { direction: 'out', localPrefix: 'a/+/', filter: 'b' },
        { direction: 'in', filter: '#', remotePrefix: '$share/g/' },
        { direction: 'in', filter: 'SYS/#', localPrefix: '$', remotePrefix: '' },
        { direction: 'in' },
      ],
    },
    7,
  ]);
  for (const part of [
    'there are two bridges plant',
    'bridge 2: url is mqtt://',
    'bridge 2: protocol is "5" or "3.1.1"',
    'bridge 2: sessionExpiry: ',
    'bridge 2: inFlightMax is',
    'bridge 2: write no password here',
    'bridge 2: no such setting: colour',
    'bridge 3: it needs a name like a device id',
    'bridge 3: certificate and key come together',
    'bridge 3: rule 1: direction is in, out or both',
    'bridge 3: rule 1: qos is 0, 1 or 2',
    'bridge 3: rule 2: the prefix "a/+/" holds a wildcard',
    'bridge 3: rule 3: a shared subscription',
    'bridge 3: rule 4: topics that begin with $',
    'bridge 3: rule 5: "" here is no topic filter',
    'bridge 4: it is a group of settings',
  ])
    assert.ok(told.includes(part), `${part}\n${told}`);
  assert.ok(!told.includes('secret'), told);
});

test('bridge: rules of one direction that cover the same topic are refused [BRG-17]', () => {
  const rules = (...of: readonly object[]) => why([{ ...good, rules: of }]);
  assert.match(rules({ direction: 'in', filter: 'a/#' }, { direction: 'both', filter: '+/b' }), /rules 1 and 2 fetch/);
  assert.match(rules({ direction: 'out', filter: 'a' }, { direction: 'out', filter: '#' }), /rules 1 and 2 send/);
  assert.equal(rules({ direction: 'in', filter: 'a/#' }, { direction: 'out', filter: 'a/#' }), '');
});

test('bridge: passwords are texts by the name of their bridge [BRG-16]', () => {
  assert.ok(checkBridgePasswords({ plant: 'x' }).ok);
  const found = checkBridgePasswords({ plant: 7 });
  assert.equal(found.ok, false);
});
