import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokerkill } from '../../../bench/src/brokerkill.ts';

test('durable: a real broker killed with SIGKILL in the midst of handshakes loses, doubles and reorders nothing [MQB-104]', async () => {
  const { acked, ...wrong } = await brokerkill(8);
  assert.ok(acked! > 50, `${acked} messages were acknowledged`);
  assert.deepEqual(wrong, { lost: 0, doubled: 0, out_of_order: 0 });
});
