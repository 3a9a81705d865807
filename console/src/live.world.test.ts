import assert from 'node:assert/strict';
import { test } from 'node:test';
import { valuesAt } from './test/fake-fleet.ts';
import { picture, stage } from './test/stage.ts';

test('console: the fleet moves by itself, is searched, filtered and sorted [CON-1, CON-2]', async (t) => {
  await using set = await stage(t);
  if (!set) return;
  const { page, errors } = await set.open();
  await page.goto(set.cloud.url);
  const value = page.locator('.fleet-row:has-text("press-02") .column-values .live-value').first();
  const before = await value.textContent();
  await page.waitForTimeout(2_500);
  assert.notEqual(await value.textContent(), before);
  assert.equal(await page.locator('.fleet-row').count(), 20);

  await page.getByRole('button', { name: 'Alerts' }).click();
  const first = (await page.locator('.fleet-row .device-link').first().textContent()) ?? '';
  assert.ok(['press-03', 'press-06', 'junction-02', 'field-04'].includes(first), first);
  await page.selectOption('.fleet-tools select >> nth=0', 'junction');
  await page.waitForSelector('text=6 of 20 devices');
  await page.fill('input[type=search]', 'junction-02');
  await page.waitForSelector('text=1 of 20 devices');
  await page.fill('input[type=search]', 'nothing like it');
  await page.waitForSelector('text=No device matches');
  await page.getByRole('button', { name: 'Show all devices' }).click();
  await page.waitForSelector('text=20 devices, live');
  assert.deepEqual(errors, []);
});

test('console: 5000 devices are all there, as few rows [CON-2]', async (t) => {
  await using set = await stage(t, { devices: 5_000, beatMs: 60_000 });
  if (!set) return;
  const { page, errors } = await set.open();
  await page.goto(set.cloud.url);
  await page.waitForSelector('text=5\u202f000 devices, live', { timeout: 30_000 });
  const rows = () => page.locator('.fleet-row').count();
  assert.ok((await rows()) < 60, `${await rows()} rows`);
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await page.waitForSelector('[aria-rowindex="5001"]');
  assert.ok((await rows()) < 60, `${await rows()} rows at the end`);
  await page.evaluate(() => scrollTo(0, 0));
  await page.fill('input[type=search]', 'press-2001');
  await page.waitForSelector('text=1 of 5\u202f000 devices');
  assert.deepEqual(errors, []);
});

test('console: in a fleet larger than a browser should hold the cloud searches [CON-2]', async (t) => {
  await using set = await stage(t, { devices: 5_400, beatMs: 60_000 });
  if (!set) return;
  const { page, errors } = await set.open();
  await page.goto(set.cloud.url);
  await page.waitForSelector('text=These are the first 5\u202f000.', { timeout: 30_000 });
  await page.fill('input[type=search]', 'press-2608 hydraulic');
  await page.waitForSelector('.fleet-row:has-text("press-2608")');
  assert.equal(await page.locator('.fleet-row').count(), 1);
  assert.deepEqual(errors, []);
});

test('console: 1000 readings a second leave the page quick and end with the newest [CON-16]', async (t) => {
  await using set = await stage(t, { beatMs: 60_000 });
  if (!set) return;
  const { page, errors } = await set.open();
  await page.goto(set.cloud.url);
  await page.waitForSelector('.pulse.is-live');
  const device = set.cloud.state.byId.get('press-01')!;
  const seconds = 4;
  const longest = page.evaluate((forMs) => {
    return new Promise<number>((resolve) => {
      const began = performance.now();
      let last = began;
      let gap = 0;
      const tick = (now: number): void => {
        gap = Math.max(gap, now - last);
        last = now;
        if (now - began < forMs) requestAnimationFrame(tick);
        else resolve(gap);
      };
      requestAnimationFrame(tick);
    });
  }, seconds * 1_000);
  let sent = 0;
  for (let slice = 0; slice < seconds * 20; slice++) {
    for (let one = 0; one < 50; one++) {
      sent += 1;
      const takenAt = Date.now();
      const id = set.cloud.state.devices[sent % 20]!.id;
      const values = valuesAt(set.cloud.state.byId.get(id)!, takenAt);
      set.cloud.publish({
        kind: 'reading',
        data: { device: id, node: device.node, takenAt, values, readingsTotal: 300_000 + sent },
      });
    }
    await page.waitForTimeout(45);
  }
  const gap = await longest;
  assert.ok(gap < 400, `a frame took ${gap} ms`);
  set.cloud.publish({
    kind: 'reading',
    data: {
      device: 'press-01',
      node: device.node,
      takenAt: Date.now() + 5,
      values: { temperature: 12.34 },
      readingsTotal: 400_000,
    },
  });
  await page.waitForSelector('.fleet-row:has-text("press-01") .column-values >> text=12.34', { timeout: 3_000 });
  assert.deepEqual(errors, []);
});

test('console: a stopped cloud is said, found again and resumed by sequence [CON-11]', async (t) => {
  await using set = await stage(t);
  if (!set) return;
  const { page } = await set.open();
  await page.goto(set.cloud.url);
  await page.waitForSelector('.pulse.is-live');
  await page.waitForTimeout(1_500);
  assert.deepEqual(set.cloud.resumes, [null]);
  set.cloud.setUp(false);
  await page.waitForSelector('text=The cloud does not answer.', { timeout: 10_000 });
  await picture(page, 'cloud-gone');
  assert.equal(await page.locator('.fleet-row').count(), 20, 'what was known stays');
  set.cloud.setUp(true);
  await page.waitForSelector('.pulse.is-live', { timeout: 20_000 });
  await page.waitForSelector('text=The cloud does not answer.', { state: 'detached' });
  assert.ok(Number(set.cloud.resumes.at(-1)) > 1_000, `resumed from ${set.cloud.resumes.at(-1)}`);
});

test('console: a restarted cloud makes it fetch anew what it shows [CON-11]', async (t) => {
  await using set = await stage(t);
  if (!set) return;
  const { page } = await set.open();
  await page.goto(`${set.cloud.url}/alerts`);
  await page.waitForSelector('.alert-item >> nth=3');
  const alert = [...set.cloud.state.alerts.values()][0]!;
  set.cloud.state.alerts.delete(alert.id);
  set.cloud.forget();
  await page.waitForSelector('.alert-item >> nth=3', { state: 'detached', timeout: 10_000 });
  assert.equal(await page.locator('.alert-item').count(), 3);
});

test('console: an alert that is raised shows at once, everywhere [CON-6]', async (t) => {
  await using set = await stage(t);
  if (!set) return;
  const { page } = await set.open('phone');
  await page.goto(`${set.cloud.url}/alerts`);
  await page.waitForSelector('.alert-item >> nth=3');
  const alert = [...set.cloud.state.alerts.values()][1]!;
  set.cloud.state.raise({
    ...alert,
    id: 'new',
    device: 'press-07',
    message: 'load 1.2 is above 1',
    lastAt: Date.now(),
  });
  await page.waitForSelector('.alert-item:first-child:has-text("load 1.2 is above 1")', { timeout: 3_000 });
  assert.match((await page.textContent('.place-count')) ?? '', /^5/);
});
