import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopback, throttle } from './throttle.ts';

test('access: an address that fails too often waits; others do not, and the memory has a bound [ACC-8]', () => {
  const one = throttle({ burst: 3, refill: 1_000, addressesMax: 4 });
  const failures = (address: string, now: number): number => {
    let count = 0;
    for (; one.allows(address, now) && count < 100; count++) one.failed(address, now);
    return count;
  };
  assert.equal(failures('10.0.0.1', 0), 3);
  assert.equal(one.allows('10.0.0.2', 0), true);
  assert.equal(one.allows('10.0.0.1', 999), false);
  assert.equal(failures('10.0.0.1', 1_000), 1, 'one more after the refill');
  assert.equal(failures('10.0.0.1', 60_000), 3, 'all of them after a while');
  for (let host = 0; host < 100; host++) one.failed(`10.1.0.${host}`, 60_000);
  assert.equal(one.size, 4);
});

test('access: an IPv6 network and an IPv4 address however written count once [ACC-8]', () => {
  const one = throttle({ burst: 1, refill: 1_000, addressesMax: 10 });
  one.failed('2001:db8:1:2::5', 0);
  assert.deepEqual(
    ['2001:db8:1:2:9:9:9:9', '2001:db8:1:3::5', '2001:db8::5'].map((address) => one.allows(address, 0)),
    [false, true, true],
  );
  one.failed('::ffff:192.0.2.1', 0);
  assert.equal(one.allows('192.0.2.1', 0), false);
});

test('access: loopback is what the standards say, and nothing that looks like it [ACC-5]', () => {
  for (const address of ['127.0.0.1', '127.255.1.2', '::1', '::ffff:127.0.0.1'])
    assert.ok(isLoopback(address), address);
  for (const address of [
    '128.0.0.1',
    '127.0.0.1.example',
    '',
    '?',
    '::2',
    '::ffff:10.0.0.1',
    'localhost',
    '1127.0.0.1',
  ])
    assert.ok(!isLoopback(address), address);
});
