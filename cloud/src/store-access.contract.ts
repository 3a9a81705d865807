import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { isFault } from '@selvedge/kernel';
import type { OpenStore } from '../test/open-store.ts';
import { aNamed, shippedJournal } from '../test/shipped-journal.ts';

/** Digests of public keys. */
const keys = Array.from({ length: 8 }, (_, at) => new Uint8Array(32).fill(at));

export function accessContract(name: string, open: (t: TestContext) => Promise<OpenStore>): void {
  test(`${name}: a token is good for its operator until it is ended [CLD-28]`, async (t) => {
    const { access } = (await open(t)).store;
    const [ann, bob] = [await access.issueToken('ann'), await access.issueToken('bob')];
    assert.deepEqual([await access.operatorOf(ann), await access.operatorOf(bob)], [{ name: 'ann' }, { name: 'bob' }]);
    assert.equal(await access.operatorOf(`${ann}x`), undefined);
    await access.endToken(ann);
    assert.deepEqual([await access.operatorOf(ann), await access.operatorOf(bob)], [undefined, { name: 'bob' }]);
  });

  test(`${name}: a sign-in code lets one browser in, once and in time [CLD-29]`, async (t) => {
    const { access } = (await open(t)).store;
    const code = await access.issueSignIn('ann', 1_000);
    assert.equal(await access.useEnrolment(code, keys[0]!, 500), undefined);
    const tokens = await Promise.all(Array.from({ length: 8 }, () => access.signIn(code, 500)));
    const [token, ...others] = tokens.filter((one) => one !== undefined);
    assert.deepEqual([await access.operatorOf(token!), others.length], [{ name: 'ann' }, 0]);
    const late = await access.issueSignIn('ann', 1_000);
    assert.equal(await access.signIn(late, 1_000), undefined);
  });

  test(`${name}: an enrolment secret enrols one key of its node, in time, as often as that asks [CLD-29]`, async (t) => {
    const { access } = (await open(t)).store;
    const secret = await access.issueEnrolment('edge-9', 1_000);
    assert.match(secret, /^[A-Za-z0-9_-]{16,256}$/);
    assert.equal(await access.signIn(secret, 500), undefined);
    const nodes = await Promise.all(keys.map((key) => access.useEnrolment(secret, key, 500)));
    assert.deepEqual(
      nodes.filter((one) => one !== undefined),
      ['edge-9'],
    );
    const again = await Promise.all(keys.map((key) => access.useEnrolment(secret, key, 900)));
    assert.deepEqual(again, nodes);
    const late = await Promise.all(keys.map((key) => access.useEnrolment(secret, key, 1_000)));
    assert.deepEqual(new Set(late), new Set([undefined]));
    assert.equal(await access.useEnrolment(await access.issueEnrolment('edge-9', 400), keys[0]!, 500), undefined);
  });

  test(`${name}: it can be stopped twice, and what is asked of it then fails as STORE_CLOSED`, async (t) => {
    const { store, ship } = await open(t);
    await ship(shippedJournal().readings(aNamed(1)));
    await store.stop();
    await store.stop();
    const closed = (cause: unknown): boolean => isFault(cause, 'STORE_CLOSED');
    await assert.rejects(store.registry.nodes(), closed);
    await assert.rejects(store.projections.catchUp(), closed);
    await assert.rejects(store.log.append([shippedJournal().readings(aNamed(1))], []), closed);
  });
}
