import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressList } from './address-list.ts';
import { hostList, includesHost } from './host-list.ts';

const field = addressList({ doc: 'Where.', default: '127.0.0.1:5683' });

test('addresses: a list is read, shown, and read again the same [EDG-110]', () => {
  assert.deepEqual(field.fallback, [{ host: '127.0.0.1', port: 5_683 }]);
  const text = '10.0.0.1:5683,[::1]:0,[fe80::1]:5684';
  const read = field.read(` ${text.replaceAll(',', ' , ')} `);
  assert.ok(read.ok);
  assert.deepEqual(read.value[2], { host: 'fe80::1', port: 5_684 });
  assert.equal(field.show(read.value), text);
  assert.deepEqual(field.read(''), { ok: true, value: [] });
});

test('addresses: what is no address with a port is refused with the part that is wrong [EDG-110]', () => {
  for (const raw of ['5683', 'localhost:5683', '127.0.0.1', '127.0.0.1:65536', '256.0.0.1:1', '::1:5683', 'a:b', 7, {}])
    assert.equal(field.read(raw).ok, false, String(raw));
  const many = field.read(Array.from({ length: 17 }, () => '127.0.0.1:0').join(','));
  assert.match(many.ok ? '' : many.why, /17 addresses/);
});

test('addresses: a list without ports is read and shown, and true stands for all [EDG-112]', () => {
  const field = hostList({ doc: '' });
  const read = (raw: unknown) => {
    const found = field.read(raw);
    return found.ok ? found.value : found.why;
  };
  assert.deepEqual(read('10.0.0.1, [fe80::1],::1'), ['10.0.0.1', 'fe80::1', '::1']);
  assert.deepEqual([read('true'), read(true), read('false'), read('')], ['all', 'all', [], []]);
  assert.match(String(read('10.0.0.1:5683')), /is no IP address/);
  assert.match(String(read('10.0.0.256')), /is no IP address/);
  assert.match(String(read('gateway.local')), /is no IP address/);
  assert.match(String(read(7)), /neither addresses nor true or false/);
  assert.deepEqual(['all' as const, [], ['::1', '10.0.0.1']].map(field.show), ['true', 'false', '::1,10.0.0.1']);
  assert.equal(includesHost('all', '0.0.0.0') && includesHost(['::'], '::') && !includesHost([], '::'), true);
});
