import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRules } from './rule.ts';

const rule = (command: unknown) =>
  checkRules([{ name: 'cool', metric: 'temperature', above: 75, command }]) as {
    ok: boolean;
    why?: string;
    value?: { command: unknown }[];
  };
const coap = 'coap://10.0.0.7:5683/device/{device}/cool';

test('rules: a command with `coap` is for an actuator, named by its action, with its payload as arguments [EDG-125]', () => {
  const payload = { action: 'start_cooling', duration: 300 };
  assert.deepEqual(rule({ coap, payload }).value![0]!.command, {
    name: 'start_cooling',
    arguments: payload,
    expiresIn: 60_000,
    actuator: { url: coap, idempotent: false },
  });
  const named = rule({ coap: 'coaps+tcp://[fe80::1]/v?d={device}', name: 'close', idempotent: true, expiresIn: 5 });
  assert.deepEqual(named.value![0]!.command, {
    name: 'close',
    arguments: {},
    expiresIn: 5_000,
    actuator: { url: 'coaps+tcp://[fe80::1]/v?d={device}', idempotent: true },
  });
});

test('rules: an actuator that cannot be called, or whose host a device could choose, is refused with the reason [EDG-125]', () => {
  for (const [command, why] of [
    [{ coap: 'http://10.0.0.7/', name: 'x' }, /URL of coap/],
    [{ coap: 'coap:x', name: 'x' }, /needs a host/],
    [{ coap: 'coap://{device}/x', name: 'x' }, /\{device\} in its path/],
    [{ coap: 'coap://%7bdevice%7d/x', name: 'x' }, /needs a host/],
    [{ coap: 'coap://u@h/x', name: 'x' }, /needs a host/],
    [{ coap: 'coap://h/x%zz', name: 'x' }, /percent/],
    [{ coap: 'coap://h/x%ff', name: 'x' }, /percent/],
    [{ coap: `coap://h/${'x'.repeat(1_024)}`, name: 'x' }, /URL of coap/],
    [{ coap, payload: [] }, /payload is an object/],
    [{ coap, payload: { a: { b: 1 } } }, /payload is an object/],
    [{ coap, payload: {} }, /name or command.payload.action/],
    [{ coap, name: 'x', arguments: {} }, /takes the place/],
    [{ coap, name: 'x', idempotent: 'yes' }, /true or false/],
    [{ coap, name: 'x', expiresIn: 0 }, /expiresIn/],
    [{ name: 'x', payload: {} }, /for command.coap/],
    [{ name: 'x', retries: 3 }, /retries, which is not known/],
    [{ name: '' }, /name must be text/],
  ] as const)
    assert.match(rule(command).why ?? 'taken', why, JSON.stringify(command));
});
