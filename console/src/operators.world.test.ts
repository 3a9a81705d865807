import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axeFindings } from './test/browser.ts';
import { withJournal } from './test/fake-state.ts';
import { picture, stage, tabTo } from './test/stage.ts';

test('console: an operator finds a device and commands it by keyboard alone [CON-2, CON-5]', async (t) => {
  await using set = await stage(t, { stepMs: 1_200 });
  if (!set) return;
  const { page, errors } = await set.open();
  await page.goto(set.cloud.url);
  await page.waitForSelector('text=press-03');
  await tabTo(page, 'input[type=search]');
  await page.keyboard.type('press-03');
  await tabTo(page, 'a.device-link');
  await page.keyboard.press('Enter');
  await page.waitForSelector('h1:has-text("press-03")');
  await tabTo(page, '.command-form input');
  await page.keyboard.type('throttle');
  await tabTo(page, 'summary');
  await page.keyboard.press('Space');
  await tabTo(page, 'textarea');
  await page.keyboard.type('{"speed": 0.5');
  await tabTo(page, '.command-form button[type=submit]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('text=This is not JSON');
  await page.focus('textarea');
  await page.keyboard.press('Control+End');
  await page.keyboard.type('}');
  await tabTo(page, '.command-form button[type=submit]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.command-state.is-sent');
  await picture(page, 'command-under-way');
  assert.deepEqual(await axeFindings(page), []);
  await page.waitForSelector('.command-state.is-done');
  assert.match((await page.textContent('.command-result')) ?? '', /"accepted": true/);
  await picture(page, 'command-done');
  assert.deepEqual(await axeFindings(page), []);
  assert.deepEqual(set.cloud.writes.at(-1), {
    what: 'POST /v1/devices/press-03/commands',
    body: { command: 'throttle', expiresInSeconds: 60, arguments: { speed: 0.5 } },
  });
  assert.deepEqual(errors, []);
});

test('console: alerts are acknowledged, cleared and undone by keyboard alone [CON-6]', async (t) => {
  await using set = await stage(t);
  if (!set) return;
  const { page, errors } = await set.open();
  await page.goto(set.cloud.url);
  await tabTo(page, 'a[href="/alerts"]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('text=temperature 91.5 is above 85');
  await tabTo(page, '.alert-item a');
  await page.keyboard.press('a');
  await page.waitForSelector('.alert-item >> nth=2');
  assert.equal(await page.locator('.alert-item').count(), 3, 'it leaves the list at once');
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'junction-02', 'the focus moves on');
  await picture(page, 'alert-acknowledged');
  await page.keyboard.press('c');
  assert.equal(await page.locator('.alert-item').count(), 2);
  await page.keyboard.press('u');
  assert.equal(await page.locator('.alert-item').count(), 3, 'the last one is undone');
  assert.equal(set.cloud.writes.length, 0, 'nothing has left while it can be undone');
  await page.waitForTimeout(5_500);
  assert.deepEqual(
    set.cloud.writes.map(({ what }) => what.split('/').at(-1)),
    ['acknowledge'],
  );
  await page.getByRole('button', { name: 'Keys' }).click();
  await page.waitForSelector('text=undo the last one');
  assert.deepEqual(await axeFindings(page), []);
  await page.keyboard.press('Escape');
  await page.getByRole('radio', { name: 'Acknowledged' }).click();
  await page.waitForSelector('.alert-item:has-text("press-03")');
  assert.deepEqual(errors, []);
});

test('console: a refused acknowledgement is taken back and says why [CON-6, CON-12]', async (t) => {
  await using set = await stage(t);
  if (!set) return;
  const { page } = await set.open();
  await page.goto(`${set.cloud.url}/alerts`);
  set.cloud.refuseNext({ status: 409, title: 'Conflict', detail: 'the store is read-only', hint: 'Free the disk.' });
  await page.getByRole('button', { name: 'Acknowledge temperature 91.5' }).click();
  assert.equal(await page.locator('.alert-item').count(), 3);
  await page.waitForSelector('text=Conflict: the store is read-only. Free the disk.', { timeout: 8_000 });
  assert.equal(await page.locator('.alert-item').count(), 4);
  await picture(page, 'alert-refused');
  assert.deepEqual(await axeFindings(page), []);
});

test('console: a node that is cut off shows so, catches up and proves 0 lost, 0 doubled [CON-7]', async (t) => {
  await using set = await stage(t);
  if (!set) return;
  const { page, errors } = await set.open();
  const { state } = set.cloud;
  const held = state.nodes.get('edge-hall')!.acknowledged[0]![1];
  await page.goto(`${set.cloud.url}/nodes`);
  await page.waitForSelector('.node-card.is-online >> nth=1');
  state.setNode('edge-hall', { online: false, lastSeen: Date.now() });
  await page.waitForSelector('text=/Offline since/');
  await page.waitForTimeout(1_200);
  await picture(page, 'node-offline');
  assert.deepEqual(await axeFindings(page), []);
  await page.click('a[href="/"]');
  await page.waitForSelector('text=/edge-hall offline since/');
  await page.click('a[href="/nodes"]');

  state.setNode('edge-hall', { online: true, lastSeen: Date.now() });
  await page.waitForSelector('text=Catching up');
  for (const [here, pending] of [
    [held + 100, 700],
    [held + 450, 380],
  ] as const) {
    state.setNode('edge-hall', withJournal(state.nodes.get('edge-hall')!, here, pending, Date.now()));
    await page.waitForTimeout(400);
  }
  await page.waitForSelector('text=450 of 830 records are here');
  await picture(page, 'node-catching-up');
  assert.deepEqual(await axeFindings(page), []);
  state.setNode('edge-hall', withJournal(state.nodes.get('edge-hall')!, held + 810, 12, Date.now()));
  await page.waitForSelector('text=/caught up at/');
  await page.waitForSelector('.is-caught-up .link-proof:has-text("0 lost · 0 doubled")');
  await picture(page, 'node-caught-up');
  assert.deepEqual(await axeFindings(page), []);
  await page.click('text=edge-hall');
  await page.waitForSelector('text=/back after/');
  await picture(page, 'node-story');
  assert.deepEqual(await axeFindings(page), []);
  assert.deepEqual(errors, []);
});

test('console: a browser without a session signs in with a code, once, and signs out [CON-10]', async (t) => {
  await using set = await stage(t);
  if (!set) return;
  const { page } = await set.open();
  set.cloud.setSignedIn(false);
  await page.goto(`${set.cloud.url}/devices/press-03`);
  await page.waitForSelector('text=npx --no-install selvedge console');
  await page.goto(`${set.cloud.url}/signin?code=old-code`);
  await page.waitForSelector('text=the code is unknown, used up or too old');
  assert.match((await page.textContent('.failure')) ?? '', /Sign-in refused[\s\S]*Make a new one/);
  assert.doesNotMatch(page.url(), /code=/, 'a used code does not stay in the address');
  await picture(page, 'sign-in-refused');
  assert.deepEqual(await axeFindings(page), []);
  await page.fill('input', `${set.cloud.url}/signin?code=good-code`);
  await page.keyboard.press('Enter');
  await page.waitForSelector('h1:has-text("Fleet")');
  assert.deepEqual(set.cloud.writes.at(-1)?.body, { code: 'good-code' });
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForSelector('text=Sign in to Selvedge');
  assert.equal(set.cloud.writes.at(-1)?.what, 'DELETE /v1/session');
  await page.fill('input', 'good-token');
  await page.keyboard.press('Enter');
  await page.waitForSelector('h1:has-text("Fleet")');
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  assert.doesNotMatch(kept, /good-token/, 'a token is kept nowhere');
});

test('console: an empty fleet says how to send the first reading [CON-12]', async (t) => {
  await using set = await stage(t, { devices: 0 });
  if (!set) return;
  const { page } = await set.open('phone');
  await page.goto(set.cloud.url);
  await page.waitForSelector('text=No device has spoken yet');
  assert.match((await page.textContent('.copy-line')) ?? '', /^mosquitto_pub -V mqttv5 -h 127\.0\.0\.1 -p 1883/);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  await picture(page, 'fleet-empty');
  assert.deepEqual(await axeFindings(page), []);
});

test('console: a device that does not exist shows title, detail and hint [CON-12]', async (t) => {
  await using set = await stage(t);
  if (!set) return;
  const { page } = await set.open();
  await page.goto(`${set.cloud.url}/devices/nobody`);
  await page.waitForSelector('.failure');
  assert.match(
    (await page.textContent('.failure')) ?? '',
    /Not found[\s\S]*there is no \/v1\/devices\/nobody[\s\S]*Check the address/,
  );
});
