import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addressBytes } from './address.ts';
import { decodeNameConstraints, encodeNameConstraints, permits, permittedNames } from './name-constraints.ts';

const seed = 20_260_302;
const host = fc.domain();
const address = fc.oneof(fc.ipV4(), fc.ipV6());

test(`name constraints: what is encoded is read back [TRU-3] seed ${seed}`, () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(host, address), { maxLength: 30 }), (names) => {
      const permitted = permittedNames(names);
      assert.deepEqual(decodeNameConstraints(encodeNameConstraints(permitted)), { ok: true, value: permitted });
      for (const name of names) assert.ok(permits(permitted, name), name);
    }),
    { seed },
  );
});

test(`name constraints: bytes from anywhere are read or refused, never thrown at [TRU-3] seed ${seed}`, () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      assert.equal(typeof decodeNameConstraints(bytes).ok, 'boolean');
    }),
    { seed },
  );
});

test('name constraints: private names and this machine are always permitted, public ones never by themselves [TRU-3]', () => {
  const permitted = permittedNames([]);
  for (const name of [
    'localhost',
    'LOCALHOST',
    'pi.local',
    'a.b.internal',
    '127.8.9.1',
    '10.1.2.3',
    '172.31.0.1',
    '::1',
    'fd00::7',
    'fe80::1',
  ])
    assert.ok(permits(permitted, name), name);
  for (const name of [
    'example.com',
    'notlocal',
    'local.example',
    '172.32.0.1',
    '8.8.8.8',
    '::2',
    '2001:db8::1',
    '::ffff:127.0.0.1',
  ])
    assert.equal(permits(permitted, name), false, name);
});

test(`address: every textual form of an address gives its bytes [TRU-2] seed ${seed}`, () => {
  fc.assert(
    fc.property(address, (text) => assert.ok(addressBytes(text), text)),
    { seed },
  );
  assert.deepEqual(addressBytes('1.2.3.4'), Uint8Array.of(1, 2, 3, 4));
  assert.deepEqual(addressBytes('::1.2.3.4'), Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4));
  assert.deepEqual(addressBytes('1:2::'), Uint8Array.of(0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1:2',
    '1::2::3',
    ':::',
    '1:2:3:4:5:6:7:8:9',
    '1::2:3:4:5:6:7:8',
    'fe80::1%eth0',
    'g::',
    'host',
  ])
    assert.equal(addressBytes(text), undefined, text);
});
