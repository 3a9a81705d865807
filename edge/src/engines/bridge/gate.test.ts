import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openAccess } from '../access/access.fixture.ts';
import { bridgeGate } from './gate.ts';
import { ruleDefaults } from './rule.ts';

const rules = [
  { ...ruleDefaults, direction: 'in', filter: 'orders/#', localPrefix: 'from/' },
  { ...ruleDefaults, direction: 'out', filter: 'sensors/#' },
] as const;
const secret = Buffer.from('drawn');

test('bridge: at the gate it may publish what its rules bring in, hear what they send, and nothing else [BRG-8]', async () => {
  const { gate } = await openAccess();
  const one = bridgeGate(gate, [{ name: 'plant', rules, secret }]);
  const admission = await one.admit({ kind: 'password', user: '$bridge:plant', password: secret }, 'bridge plant');
  assert.ok(admission.ok);
  const may = (action: 'publish' | 'subscribe', topic: string) => one.permits(admission.principal, action, topic);
  assert.equal(may('publish', 'from/orders/a'), true);
  for (const topic of ['orders/a', 'sensors/a', 'from/other', '$SYS/x']) assert.equal(may('publish', topic), false);
  assert.equal(may('subscribe', 'sensors/#'), true);
  for (const filter of ['#', 'from/#', 'sensors/+', '$SYS/#']) assert.equal(may('subscribe', filter), false);
  assert.equal(one.holds(admission.principal), true);
});

test('bridge: nobody comes in as a bridge without the secret that was drawn for it [BRG-8]', async () => {
  const { gate, desk } = await openAccess({ applications: [{ name: 'bridge:plant', publish: [], subscribe: [] }] });
  const one = bridgeGate(gate, [{ name: 'plant', rules, secret }]);
  const come = (password: string) =>
    one.admit({ kind: 'password', user: '$bridge:plant', password: Buffer.from(password) }, '192.0.2.1');
  for (const password of ['', 'drawm', 'drawn ']) assert.equal((await come(password)).ok, false);
  // An application may be called alike: it has its own permits and sessions.
  const { secret: token } = await desk.add({ kind: 'token', holder: 'application', name: 'bridge:plant' });
  const named = await one.admit({ kind: 'token', token }, '192.0.2.1');
  assert.ok(named.ok);
  assert.equal(one.permits(named.principal, 'publish', 'from/orders/a'), false);
});
