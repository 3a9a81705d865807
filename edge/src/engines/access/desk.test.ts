import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';
import { certificateOf, memoryStore, openAccess, outcome } from './access.fixture.ts';
import { bookLimits } from './book.ts';

const far = '192.0.2.9';
const device = (name: string) => ({ kind: 'token', holder: 'device', name }) as const;

test('access: a credential that was one of two closes what it opened; the last one takes all with it [ACC-12] [ACC-13]', async () => {
  const { desk, revoked } = await openAccess();
  const [one, two] = [await desk.add(device('a')), await desk.add(device('a'))];
  await desk.revoke(one.credential.id);
  assert.deepEqual(revoked, [{ kind: 'device', name: 'a', credential: one.credential.id }]);
  await desk.revoke(two.credential.id);
  assert.deepEqual(revoked[1], { kind: 'device', name: 'a', credential: undefined });
  await assert.rejects(desk.revoke(two.credential.id), (cause) => isFault(cause, 'CREDENTIAL_UNKNOWN'));
});

test('access: where devices may have certificates, a stored credential is never the last way in [ACC-12]', async () => {
  const { desk, revoked } = await openAccess({ certificates: true });
  const { credential } = await desk.add(device('a'));
  await desk.revoke(credential.id);
  assert.deepEqual(revoked, [{ kind: 'device', name: 'a', credential: credential.id }]);
});

test('access: a barred device is out with credentials, certificates and contexts; readmitted, with newer ones alone [ACC-15]', async () => {
  const { desk, gate, clock } = await openAccess({ certificates: true });
  const { secret } = await desk.add(device('a'));
  const issued = clock.wall();
  const come = async (validFrom: number) =>
    outcome(await gate.admit({ kind: 'certificate', certificate: certificateOf('a', validFrom) }, far));
  const context = async () => outcome(await gate.admit({ kind: 'oscore', device: 'a' }, far));
  assert.deepEqual([await come(issued), await context()], ['device/a', 'device/a']);
  await desk.bar('device', 'a');
  assert.deepEqual(
    [await come(issued), await come(issued + 1_000), await context()],
    ['revoked', 'revoked', 'revoked'],
  );
  assert.equal(outcome(await gate.admit({ kind: 'token', token: secret }, far)), 'unknown');
  await desk.readmit('device', 'a');
  assert.deepEqual(
    [await come(issued), await come(issued + 1_000), await context()],
    ['revoked', 'device/a', 'device/a'],
  );
});

test('access: a revocation that a crash has interrupted is told again after the start, and once it is done not any more [ACC-14]', async () => {
  const store = memoryStore();
  const first = await openAccess({}, store);
  await first.desk.add(device('a'));
  first.gate.onRevoked(() => new Promise(() => undefined));
  // The doors never say that they have finished: the power goes before.
  void first.desk.bar('device', 'a');
  await new Promise<void>((resolve) => systemClock.soon(resolve));

  const second = await openAccess({}, store, 2);
  assert.deepEqual(second.revoked, [{ kind: 'device', name: 'a', credential: undefined }]);
  assert.deepEqual(second.desk.list().credentials, []);
  assert.deepEqual((await openAccess({}, store, 3)).revoked, []);
});

test('access: what cannot be kept is not issued, and what is revoked is void even if it cannot be kept [ACC-16]', async () => {
  const { desk, gate, store } = await openAccess();
  const { secret, credential } = await desk.add(device('a'));
  store.full = true;
  await assert.rejects(desk.add(device('b')), /no space/);
  assert.equal(desk.list().credentials.length, 1);
  await assert.rejects(desk.revoke(credential.id), /no space/);
  assert.equal(outcome(await gate.admit({ kind: 'token', token: secret }, far)), 'unknown');
  store.full = false;
  await desk.add(device('b'));
  assert.deepEqual(
    desk.list().credentials.map(({ name }) => name),
    ['b'],
    'one failure does not stop the next change',
  );
});

test('access: a store that cannot be read lets no node start [ACC-16]', async () => {
  const store = memoryStore();
  for (const text of [
    '',
    '{',
    '{"version":2,"credentials":[],"bars":[]}',
    '{"version":1,"credentials":[{"id":"a"}],"bars":[]}',
    '{"version":1,"credentials":[],"bars":[{"holder":"device","name":"a/b","at":1,"open":true,"lifted":false}]}',
  ]) {
    await store.write(Buffer.from(text));
    await assert.rejects(openAccess({}, store), (cause) => isFault(cause, 'CREDENTIALS_UNREADABLE'), text);
  }
});

test('access: a holder has a few credentials, a user name one holder, and a password a decent length [ACC-17]', async () => {
  const { desk } = await openAccess();
  for (let count = 0; count < bookLimits.perHolderMax; count++) await desk.add(device('a'));
  await assert.rejects(desk.add(device('a')), (cause) => isFault(cause, 'CREDENTIALS_FULL'));
  const password = { kind: 'password', name: 'x', password: 'long enough' } as const;
  await desk.add({ ...password, holder: 'device' });
  await assert.rejects(desk.add({ ...password, holder: 'operator' }), (cause) => isFault(cause, 'CREDENTIAL_INVALID'));
  for (const bad of ['short', 'x'.repeat(257)])
    await assert.rejects(desk.add({ ...password, holder: 'device', name: 'y', password: bad }), (cause) =>
      isFault(cause, 'CREDENTIAL_INVALID'),
    );
  await assert.rejects(
    async () => desk.add(device('a/b')),
    (cause) => isFault(cause, 'CREDENTIAL_INVALID'),
  );
});
