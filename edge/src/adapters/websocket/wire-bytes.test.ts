import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wireBytes } from './transport.ts';

test('link: bytes on the wire are those of the frame with the headers of WebSocket, TLS, TCP and IP [BUD-9]', () => {
  assert.equal(wireBytes(100), 100 + 6 + 22 + 52);
  assert.equal(wireBytes(1_000), 1_000 + 8 + 22 + 52);
  // 1 407 + 8 + 22 fill one segment to its last byte but eleven; a little more needs a second.
  assert.equal(wireBytes(1_407), 1_407 + 8 + 22 + 52);
  assert.equal(wireBytes(1_450), 1_450 + 8 + 22 + 2 * 52);
  assert.ok(wireBytes(100_000) > 103_000 && wireBytes(100_000) < 105_000);
});
