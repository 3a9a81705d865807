import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { isFault } from '@selvedge/kernel';
import { type OscoreContextOptions, oscoreContext } from './context.ts';

const secret = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
const good: OscoreContextOptions = { masterSecret: secret, senderId: Buffer.of(1), recipientId: Buffer.of(2) };
const refused = (changed: Partial<OscoreContextOptions>): void =>
  assert.throws(
    () => oscoreContext({ ...good, ...changed }),
    (cause) => isFault(cause, 'COAP_OSCORE_CONTEXT_INVALID'),
    inspect(changed),
  );

test('oscore context: what could not be safe is refused: short secrets, long or equal ids, odd windows [COA-215]', () => {
  refused({ masterSecret: Buffer.alloc(15) });
  refused({ senderId: Buffer.alloc(8) });
  refused({ recipientId: Buffer.alloc(7), algorithm: 'AES-128-GCM' });
  refused({ recipientId: Buffer.of(1) });
  refused({ senderId: Buffer.alloc(0), recipientId: Buffer.alloc(0) });
  refused({ idContext: Buffer.alloc(256) });
  for (const replayWindow of [0, 7, 33, 2_048, Number.NaN]) refused({ replayWindow });
  refused({ algorithm: 'ROT13' as never });
  oscoreContext({ ...good, senderId: Buffer.alloc(7), recipientId: Buffer.alloc(0), idContext: Buffer.alloc(255) });
});

test('oscore context: printed in whatever way it shows neither secret nor key [COA-216]', () => {
  const context = oscoreContext({ ...good, masterSalt: Buffer.from('salt') });
  const printed = `${inspect(context, { depth: 9, showHidden: true })} ${JSON.stringify(context)}`;
  for (const hidden of [secret.toString('hex'), secret.toString('base64'), '00 01 02 03', '0,1,2,3', 'salt'])
    assert.equal(printed.includes(hidden), false, hidden);
  assert.equal(
    Object.values(context).some((value) => value instanceof Uint8Array && value.length >= 12),
    false,
  );
});

test('oscore context: the peer is named by its ids unless it is given a name [COA-217]', () => {
  const idContext = Buffer.from('ab', 'hex');
  assert.equal(oscoreContext(good).identity, 'oscore:02');
  assert.equal(oscoreContext({ ...good, idContext }).identity, 'oscore:02@ab');
  assert.equal(oscoreContext({ ...good, identity: 'pump-7' }).identity, 'pump-7');
});

test('oscore context: its state has a name of its own for each sender key [COA-242]', () => {
  const changes: readonly Partial<OscoreContextOptions>[] = [
    {},
    { masterSecret: Buffer.alloc(16) },
    { masterSalt: Buffer.of(1) },
    { senderId: Buffer.of(3) },
    { idContext: Buffer.alloc(0) },
    { algorithm: 'AES-CCM-16-128-128' },
  ];
  const names = changes.map((change) => oscoreContext({ ...good, ...change }).stateName);
  assert.equal(new Set(names).size, changes.length);
  assert.equal(oscoreContext({ ...good, recipientId: Buffer.of(9) }).stateName, names[0]);
});
