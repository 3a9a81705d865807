import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { scratchFolder, startedMachine } from './machine.fixture.ts';

const run = promisify(execFile);

/** What curl says: the status of the answer and its body. */
async function curl(...args: readonly string[]): Promise<{ status: number; body: string }> {
  // An upgraded connection stays open, so curl ends it by time; what it printed until then counts.
  const printed = await run('curl', ['-sS', '--max-time', '3', '-w', '\n%{http_code}', ...args]).catch(
    (cause: { stdout: string }) => cause,
  );
  const lines = printed.stdout.split('\n');
  return { status: Number(lines.pop()), body: lines.join('\n') };
}

test('curl: it reads the API with the token from the file, and learns why without [API-1] [API-25]', async () => {
  await using folder = await scratchFolder();
  const cloud = await startedMachine(folder.dir);
  await using _ = cloud.machine;
  const { api } = cloud.reach;
  const token = (await readFile(join(cloud.data, 'operator.token'), 'utf8')).trim();
  const good = await curl('-H', `Authorization: Bearer ${token}`, `${api}/v1/nodes`);
  assert.deepEqual([good.status, good.body], [200, '{"nodes":[]}']);
  const bad = await curl(`${api}/v1/nodes`);
  assert.equal(bad.status, 401);
  assert.equal((JSON.parse(bad.body) as { code: string }).code, 'API_UNAUTHORIZED');
});

test('curl and openssl: a node that we did not write enrols, and its certificate opens the link [LNK-23] [LNK-25]', async () => {
  await using folder = await scratchFolder();
  const cloud = await startedMachine(folder.dir);
  await using _ = cloud.machine;
  const file = (name: string): string => join(folder.dir, name);
  const [authority = ''] = (await readFile(join(cloud.data, 'authority.pem'), 'utf8')).split('-----BEGIN PRIVATE');
  await writeFile(file('ca.pem'), authority);
  await run('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', file('node.key')]);
  const { stdout: csr } = await run('openssl', ['req', '-new', '-key', file('node.key'), '-subj', '/CN=any']);
  const { token } = await cloud.ask<{ token: string }>('/v1/enrolments', { method: 'POST', body: { node: 'n1' } });
  await writeFile(file('body.json'), JSON.stringify({ token, csr }));

  const link = new URL(cloud.reach.link);
  const door = `https://127.0.0.1:${link.port}`;
  const enrolled = await curl('--cacert', file('ca.pem'), '--json', `@${file('body.json')}`, `${door}/enrol`);
  assert.equal(enrolled.status, 200);
  await writeFile(file('node.pem'), (JSON.parse(enrolled.body) as { certificate: string }).certificate);

  const upgrade = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: c2VsdmVkZ2Utc2VsdmVkZw==',
  ];
  const headers = upgrade.flatMap((header) => ['-H', header]);
  const identity = ['--cert', file('node.pem'), '--key', file('node.key')];
  const common = ['--http1.1', '--cacert', file('ca.pem'), ...headers, '-o', '/dev/null'];
  assert.equal((await curl(...common, ...identity, `${door}/link`)).status, 101);
  assert.equal((await curl(...common, `${door}/link`)).status, 401);
});
