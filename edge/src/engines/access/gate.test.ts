import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Credentials } from '../../ports.ts';
import { certificateOf, openAccess, operatorSecret, outcome, principalOf } from './access.fixture.ts';
import { passwords } from './passwords.ts';
import { encodeToken } from './token.ts';

const [near, far] = ['127.0.0.1', '192.0.2.9'];
const anonymous: Credentials = { kind: 'anonymous' };
const password = (user: string, text: string): Credentials => ({ kind: 'password', user, password: Buffer.from(text) });

test('access: without credentials this machine comes in, others when the configuration says so [ACC-5] [EDG-50]', async () => {
  for (const [local, open, wanted] of [
    [true, false, ['anonymous/', 'forbidden']],
    [true, true, ['anonymous/', 'anonymous/']],
    [false, false, ['forbidden', 'forbidden']],
  ] as const) {
    const { gate } = await openAccess({ local, anonymous: open });
    assert.deepEqual([outcome(await gate.admit(anonymous, near)), outcome(await gate.admit(anonymous, far))], wanted);
  }
});

test('access: a certificate is the device that its one common name names [ACC-6]', async () => {
  const { gate } = await openAccess({ certificates: true });
  const come = async (name: unknown) =>
    outcome(await gate.admit({ kind: 'certificate', certificate: certificateOf(name) }, far));
  assert.equal(await come('pump-7'), 'device/pump-7');
  for (const name of ['pump/7', '+', '#', '', '$SYS', 'a\u0000b', ['pump-7', 'pump-8'], undefined])
    assert.equal(await come(name), 'unknown', String(name));
});

test('access: passwords and tokens let their holder in, as scrypt and SHA-256 hashes alone [ACC-7]', async () => {
  const { gate, desk, store } = await openAccess();
  const chosen = await desk.add({ kind: 'password', holder: 'device', name: 'pump-7', password: 'correct horse' });
  const drawn = await desk.add({ kind: 'password', holder: 'application', name: 'dashboard' });
  const token = await desk.add({ kind: 'token', holder: 'device', name: 'pump-8' });
  const come = async (credentials: Credentials) => outcome(await gate.admit(credentials, far));

  assert.equal(await come(password('pump-7', 'correct horse')), 'device/pump-7');
  assert.equal(await come(password('dashboard', drawn.secret)), 'application/dashboard');
  assert.equal(await come({ kind: 'token', token: token.secret }), 'device/pump-8');
  assert.equal(await come({ kind: 'token', token: operatorSecret }), 'operator/operator');

  for (const wrong of [
    password('pump-7', 'correct horsf'),
    password('pump-7', ''),
    password('pump-8', 'correct horse'),
    password('pump-7', chosen.credential.id),
    { kind: 'token', token: encodeToken(token.credential.id, Buffer.alloc(32)) },
    { kind: 'token', token: encodeToken('operator', Buffer.alloc(32)) },
    // A hash is no token, and a password's id no token's.
    { kind: 'token', token: encodeToken(chosen.credential.id, Buffer.alloc(32)) },
    { kind: 'token', token: 'se1.operator.' },
    { kind: 'oscore', device: 'a/b' },
  ] satisfies Credentials[])
    assert.equal(await come(wrong), 'unknown', JSON.stringify(wrong));

  for (const secret of ['correct horse', drawn.secret, token.secret.split('.')[2]!])
    assert.ok(!store.text.includes(secret), 'a secret is in the store');
  assert.ok(!JSON.stringify(desk.list()).includes('hash'));
});

test('access: who fails too often is refused unread, but a right token is let in all the same [ACC-8]', async () => {
  const { gate, desk, clock } = await openAccess();
  const { secret } = await desk.add({ kind: 'token', holder: 'device', name: 'pump-8' });
  const wrong: Credentials = { kind: 'token', token: encodeToken('operator', Buffer.alloc(32)) };
  const outcomes = new Set<string>();
  for (let attempt = 0; attempt < 30; attempt++) outcomes.add(outcome(await gate.admit(wrong, far)));
  assert.deepEqual([...outcomes], ['unknown', 'throttled']);
  const before = clock.ticks();
  assert.equal(outcome(await gate.admit(password('pump-7', 'whatever'), far)), 'throttled');
  assert.equal(clock.ticks(), before);
  assert.equal(outcome(await gate.admit({ kind: 'token', token: secret }, far)), 'device/pump-8');
  assert.equal(outcome(await gate.admit(wrong, '192.0.2.10')), 'unknown', 'another address is not concerned');
});

test('access: few passwords are hashed at once, the next ones are told so, and a proven one costs nothing [ACC-9]', async () => {
  const hashing = passwords({ bytes: (size) => Buffer.alloc(size, 3) }, { waitingMax: 1, provenMax: 1 });
  const secret = await hashing.hash(Buffer.from('one two three'));
  const among = [{ id: 'a', secret }];
  const first = hashing.verify(Buffer.from('one two three'), among);
  assert.equal(await hashing.verify(Buffer.from('other'), among), 'busy');
  assert.equal(await first, 'a');
  const slow = hashing.verify(Buffer.from('wrong'), among);
  assert.equal(await hashing.verify(Buffer.from('one two three'), among), 'a', 'while another one is being hashed');
  assert.equal(await slow, undefined);
  hashing.forget('a');
  const again = hashing.verify(Buffer.from('one two three'), among);
  assert.equal(await hashing.verify(Buffer.from('one two three'), among), 'busy', 'forgotten means hashed again');
  await again;
});

test('access: an admission is counted by its outcome, never by its name [ACC-8]', async () => {
  const access = await openAccess();
  await access.gate.admit(anonymous, near);
  await access.gate.admit(anonymous, far);
  assert.match(access.metrics(), /edge_admissions_total\{outcome="anonymous"\} 1\n/);
  assert.match(access.metrics(), /edge_admissions_total\{outcome="forbidden"\} 1\n/);
});

test('access: what is revoked is permitted nothing, also to a principal that is in already [ACC-12]', async () => {
  const { gate, desk } = await openAccess();
  const { secret, credential } = await desk.add({ kind: 'token', holder: 'device', name: 'pump-8' });
  const inside = principalOf(await gate.admit({ kind: 'token', token: secret }, far));
  assert.equal(gate.permits(inside, 'subscribe', 'commands/pump-8'), true);
  await desk.revoke(credential.id);
  assert.deepEqual([gate.holds(inside), gate.permits(inside, 'subscribe', 'commands/pump-8')], [false, false]);
  assert.equal(outcome(await gate.admit({ kind: 'token', token: secret }, far)), 'unknown');
});
