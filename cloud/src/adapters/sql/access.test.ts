import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openStore, scratchPath } from '../../../test/open-store.ts';

test('store: an enrolment secret that was used before keys were kept enrols nobody again [CLD-29]', async (t) => {
  const path = scratchPath(t);
  const { access } = (await openStore(t, { path, worker: false })).store;
  const [key, secret] = [new Uint8Array(32), await access.issueEnrolment('edge-9', 1_000)];
  assert.equal(await access.useEnrolment(secret, key, 500), 'edge-9');
  const database = new DatabaseSync(path);
  database.exec('update once set used_by = null');
  database.close();
  assert.equal(await access.useEnrolment(secret, key, 500), undefined);
});
