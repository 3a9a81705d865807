import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GateAction, Principal } from '../../ports.ts';
import { checkApplications, checkDevicePermits, devicePermits, roles } from './roles.ts';

const who = (kind: Principal['kind'], name = ''): Principal => ({
  kind,
  name,
  credential: undefined,
  issuedAt: undefined,
});
const may = roles({
  devices: devicePermits,
  applications: [{ name: 'dashboard', publish: ['commands/+'], subscribe: ['sensors/#', 'alerts/+'] }],
});
const allowed = (principal: Principal, action: GateAction, filters: readonly string[]): readonly string[] =>
  filters.filter((filter) => may(principal, action, filter));

test('access: a device speaks for itself and hears what is meant for it; the rest is denied [ACC-1] [ACC-2]', () => {
  const device = who('device', 'pump-7');
  const publishes = ['sensors/pump-7/data', 'sensors/pump-7', 'devices/pump-7/status', 'commands/pump-7/result'];
  assert.deepEqual(allowed(device, 'publish', publishes), publishes);
  assert.deepEqual(
    allowed(device, 'publish', [
      'sensors/pump-8/data',
      'commands/pump-7',
      'alerts/pump-7',
      'x',
      'sensors/pump-7/+',
      '',
    ]),
    [],
  );
  const hears = ['commands/pump-7', 'alerts/pump-7'];
  const others = [
    'commands/+',
    'commands/#',
    'commands/pump-7/#',
    '#',
    '+/pump-7',
    'sensors/pump-7/data',
    'alerts/pump-70',
  ];
  assert.deepEqual(allowed(device, 'subscribe', [...hears, ...others]), hears);
});

test('access: a name with a wildcard, a separator or nothing is permitted nothing [ACC-2]', () => {
  for (const name of ['+', '#', 'a/b', '', '$SYS', 'a\u0000', '{device}/+', '+/x']) {
    for (const topic of [`sensors/${name}/data`, 'sensors/a/data', 'sensors/+/data']) {
      assert.equal(may(who('device', name), 'publish', topic), false, name);
      assert.equal(may(who('device', name), 'subscribe', `commands/${name}`), false, name);
    }
  }
});

test('access: an application may what its permits say, and none of its name may nothing [ACC-1]', () => {
  const dashboard = who('application', 'dashboard');
  assert.deepEqual(
    allowed(dashboard, 'subscribe', ['sensors/#', 'sensors/+/data', 'alerts/+', 'alerts/#', '#', '+/+']),
    ['sensors/#', 'sensors/+/data', 'alerts/+'],
  );
  assert.deepEqual(allowed(dashboard, 'publish', ['commands/a', 'commands/a/result', 'commands/+']), ['commands/a']);
  assert.equal(may(who('application', 'other'), 'subscribe', 'sensors/a'), false);
});

test('access: only operators see $ topics, and nobody at a door publishes to them [ACC-3]', () => {
  const all = roles({ devices: { publish: ['#'], subscribe: ['#', '+/+'] }, applications: [] });
  for (const kind of ['device', 'anonymous', 'operator'] as const) {
    const one = who(kind, 'a');
    assert.deepEqual(
      [
        all(one, 'subscribe', '$SYS/#'),
        all(one, 'publish', '$SYS/x'),
        all(one, 'subscribe', '#'),
        all(one, 'publish', 'x'),
      ],
      [kind === 'operator', false, true, true],
      kind,
    );
  }
});

test('access: permits in the configuration are checked as a whole, with the place of the mistake [ACC-4]', () => {
  const why = (raw: unknown): string => {
    const checked = checkApplications(raw);
    return checked.ok ? 'taken' : checked.why;
  };
  assert.equal(why([{ name: 'a', publish: ['x/#'], subscribe: [] }, { name: 'b' }]), 'taken');
  assert.match(why({}), /list/);
  assert.match(why([{ name: 'a/b' }]), /application 0 needs a name/);
  assert.match(why([null]), /application 0 needs a name/);
  assert.match(why([{ name: 'a' }, { name: 'a' }]), /application 1: there are two a/);
  assert.match(why([{ name: 'a', publish: ['x/#/y'] }]), /"x\/#\/y": no topic filter/);
  assert.match(why([{ name: 'a', publish: 'x' }]), /publish is a list/);
  assert.match(why([{ name: 'a', publish: ['{device}'] }]), /only permits of devices/);
  assert.match(why([{ name: 'a', read: [] }]), /read, which is not known/);
  assert.equal(checkDevicePermits({ publish: ['a/{device}/#'], subscribe: [] }).ok, true);
  assert.equal(checkDevicePermits({ publish: ['a/x{device}'] }).ok, false, 'part of a level cannot be an id');
});
