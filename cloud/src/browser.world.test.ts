import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { chromium } from 'playwright-core';
import { scratchFolder, startedMachine } from './machine.fixture.ts';

test('chromium: a page of ours signs in, writes and listens by the cookie, under our policy, until it signs out [API-6] [API-7] [API-9] [API-23]', async () => {
  await using folder = await scratchFolder();
  const consoleDir = join(folder.dir, 'dist');
  await mkdir(consoleDir);
  await writeFile(
    join(consoleDir, 'index.html'),
    '<!doctype html><title>Selvedge</title><script>window.inline = 1</script>',
  );
  const cloud = await startedMachine(folder.dir, { consoleDir });
  await using _ = cloud.machine;
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    await page.goto(cloud.reach.signInUrl);
    assert.equal(await page.title(), 'Selvedge');
    assert.equal(await page.evaluate('window.inline'), undefined, 'inline scripts do not run');
    const status = (method: string, path: string, body?: object): Promise<number> =>
      page.evaluate(`fetch(${JSON.stringify(path)}, {
        method: ${JSON.stringify(method)},
        headers: ${body ? "{ 'content-type': 'application/json' }" : '{}'},
        body: ${body ? JSON.stringify(JSON.stringify(body)) : 'undefined'},
      }).then((answer) => answer.status)`);
    assert.equal(await status('GET', '/v1/nodes'), 401);
    const code = new URL(cloud.reach.signInUrl).searchParams.get('code');
    assert.equal(await status('POST', '/v1/session', { code }), 200);
    assert.equal(await page.evaluate('document.cookie'), '', 'scripts do not see the cookie');
    assert.equal(await status('POST', '/v1/enrolments', { node: 'n1' }), 201);
    const first = await page.evaluate(`new Promise((resolve) => {
      const feed = new WebSocket('ws://' + location.host + '/v1/feed');
      feed.onmessage = (message) => resolve(JSON.parse(message.data).kind);
      feed.onerror = () => resolve('refused');
    })`);
    assert.equal(first, 'hello');
    assert.equal(await status('DELETE', '/v1/session'), 204);
    assert.equal(await status('GET', '/v1/nodes'), 401);
  } finally {
    await browser.close();
  }
});
