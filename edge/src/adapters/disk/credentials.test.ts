import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededEntropy } from '@selvedge/kernel';
import { decodeToken } from '../../engines/access/token.ts';
import { diskCredentials } from './credentials.ts';
import { operatorTokenHash } from './operator-token.ts';

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

test('access: credentials are replaced whole, and readable for the node alone [ACC-16]', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'credentials-'));
  const store = diskCredentials(join(dir, 'data'));
  assert.equal(await store.read(), undefined);
  await store.write(Buffer.from('one'));
  // A file that somebody left there does not lend its mode.
  await writeFile(join(dir, 'data', 'credentials.json.new'), 'half of a longer one', { mode: 0o644 });
  await store.write(Buffer.from('two'));
  assert.equal(Buffer.from((await store.read())!).toString(), 'two');
  assert.deepEqual(await readdir(join(dir, 'data')), ['credentials.json']);
  assert.equal(await modeOf(join(dir, 'data', 'credentials.json')), 0o600);
  await rm(dir, { recursive: true });
});

test('access: the operator token is drawn at the first start, kept, and readable for the node alone [ACC-19]', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'operator-'));
  const path = join(dir, 'operator.token');
  const first = await operatorTokenHash(dir, seededEntropy(1));
  assert.equal(await modeOf(path), 0o600);
  const text = await readFile(path, 'utf8');
  assert.equal(decodeToken(text)?.id, 'operator');
  assert.deepEqual(await operatorTokenHash(dir, seededEntropy(2)), first);
  await writeFile(path, 'spoilt');
  assert.notDeepEqual(await operatorTokenHash(dir, seededEntropy(3)), first);
  await rm(dir, { recursive: true });
});
