import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isFault } from '@selvedge/kernel';
import { keyFiles } from './key-files.ts';

let scratch: string;
test.beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'selvedge-keys-'));
});
test.afterEach(() => rm(scratch, { recursive: true }));

test('key files: what is written is read back, for its owner alone [TRU-14]', async () => {
  const files = keyFiles(join(scratch, 'trust'));
  assert.equal(await files.read('ca.key'), undefined);
  await files.write('ca.key', 'first');
  await files.write('ca.key', 'second');
  assert.equal(await files.read('ca.key'), 'second');
  assert.equal((await stat(files.path('ca.key'))).mode & 0o777, 0o600);
  assert.equal((await stat(join(scratch, 'trust'))).mode & 0o777, 0o700);
  assert.deepEqual(await readdir(join(scratch, 'trust')), ['ca.key']);
});

test('key files: what an interrupted write left behind, open to all, does not open the next one [TRU-14]', async () => {
  const files = keyFiles(scratch);
  await writeFile(join(scratch, 'ca.key.new'), 'half', { mode: 0o644 });
  await files.write('ca.key', 'whole');
  assert.equal((await stat(files.path('ca.key'))).mode & 0o777, 0o600);
  assert.equal(await files.read('ca.key'), 'whole');
});

test('key files: a key that others may read is not used [TRU-14]', async () => {
  const files = keyFiles(scratch);
  await files.write('ca.key', 'secret');
  for (const mode of [0o640, 0o604, 0o660]) {
    await chmod(files.path('ca.key'), mode);
    await assert.rejects(files.read('ca.key'), (cause) => {
      assert.ok(isFault(cause, 'TRUST_KEY_EXPOSED'));
      assert.ok(cause.message.includes(files.path('ca.key')) && cause.message.includes(mode.toString(8)));
      return true;
    });
  }
});
