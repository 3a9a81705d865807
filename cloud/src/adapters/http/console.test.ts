import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ScriptedApi, scriptedApi } from './api.fixture.ts';

let scratch: string;
let scripted: ScriptedApi;
test.before(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'selvedge-console-'));
  await mkdir(join(scratch, 'dist', 'assets'), { recursive: true });
  await writeFile(join(scratch, 'secret.txt'), 'not for anybody');
  await writeFile(join(scratch, 'dist', 'index.html'), '<!doctype html><title>Selvedge</title>');
  await writeFile(join(scratch, 'dist', 'assets', 'main-4f3a.js'), 'start()');
  await writeFile(join(scratch, 'dist', 'icon.svg'), '<svg/>');
  scripted = await scriptedApi({ consoleDir: join(scratch, 'dist') });
});
test.after(async () => {
  await scripted.api.close();
  await rm(scratch, { recursive: true });
});

test('console: pages get index.html without caching, hashed files may be kept for ever [API-18]', async () => {
  for (const url of ['/', '/devices/pump-7', '/signin?code=abc.def', '/index.html', '/alerts/']) {
    const { statusCode, headers, body } = await scripted.api.inject(url);
    assert.equal(statusCode, 200, url);
    assert.match(headers['content-type'] as string, /^text\/html/);
    assert.equal(headers['cache-control'], 'no-cache');
    assert.match(body, /<title>Selvedge/);
  }
  const asset = await scripted.api.inject('/assets/main-4f3a.js');
  assert.match(asset.headers['content-type'] as string, /javascript/);
  assert.equal(asset.headers['cache-control'], 'public, max-age=31536000, immutable');
  assert.equal((await scripted.api.inject('/icon.svg')).headers['cache-control'], 'no-cache');
});

test('console: a file that is not there, a path of the API, and another method get no page [API-18]', async () => {
  for (const url of ['/assets/main-old.js', '/v1/nothing', '/v1', '/healthz/x', '/favicon.ico'])
    assert.equal((await scripted.api.inject(url)).statusCode, 404, url);
  assert.equal((await scripted.api.inject({ method: 'POST', url: '/devices' })).statusCode, 404);
});

test('console: nothing outside its folder is served [API-18]', async () => {
  for (const url of [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/..%5csecret.txt',
    '//etc/passwd.txt',
  ]) {
    const { statusCode, body } = await scripted.api.inject(url);
    assert.ok(statusCode >= 400 && statusCode < 500, `${url} ${statusCode}`);
    assert.ok(!body.includes('not for anybody'));
  }
});

test('console: a cloud without one says how to get it [API-18]', async () => {
  const bare = await scriptedApi();
  const answer = await bare.api.inject('/');
  assert.deepEqual([answer.statusCode, answer.json<{ code: string }>().code], [404, 'API_CONSOLE_MISSING']);
  await bare.api.close();
});
