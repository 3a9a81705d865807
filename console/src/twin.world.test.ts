import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axeFindings, screens } from './test/browser.ts';
import { picture, stage } from './test/stage.ts';

const page = '/devices/press-03/twin';

for (const [screen, scheme] of [
  ['desktop', 'light'],
  ['desktop', 'dark'],
  ['phone', 'light'],
  ['phone', 'dark'],
] as const) {
  test(`console: the twin is accessible and fits on a ${screen} in ${scheme} [TWN-33]`, async (t) => {
    await using set = await stage(t);
    if (!set) return;
    const { page: tab, errors } = await set.open(screen, scheme);
    await tab.goto(set.cloud.url + page);
    await tab.waitForSelector('text=waits for a person');
    await tab.waitForSelector('text=came from a clock');
    await picture(tab, `twin-${screen}-${scheme}`);
    assert.deepEqual(await axeFindings(tab), []);
    const width = await tab.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= screens[screen].width, `${width} wide`);
    assert.deepEqual(errors, []);
  });
}

test('console: a conflict is settled, a field set and an edit taken back with one press [TWN-33]', async (t) => {
  await using set = await stage(t);
  if (!set) return;
  const { page: tab } = await set.open();
  await tab.goto(`${set.cloud.url}/devices/press-03`);
  await tab.getByRole('link', { name: 'Twin' }).click();
  await tab.getByRole('button', { name: /Keep the edge’s 90/ }).click();
  await tab.waitForSelector('text=waits for a person', { state: 'detached' });
  await tab.getByRole('textbox', { name: 'Field' }).fill('interval');
  await tab.getByRole('textbox', { name: 'Value' }).fill('7');
  await tab.getByRole('button', { name: 'Set', exact: true }).click();
  await tab.waitForSelector('tr[data-state="differs"] >> text=interval');
  await tab.getByRole('button', { name: /^Undo: desired\.mode boost → eco/ }).click();
  await tab.waitForSelector('text=settles an earlier event');
  assert.deepEqual(set.cloud.writes, [
    {
      what: 'POST /v1/devices/press-03/twin/events/9f2c11a0b7de4410/resolve',
      body: { take: 'edge-hall/3fa90c1e77b2' },
    },
    { what: 'PATCH /v1/devices/press-03/twin', body: { desired: { interval: 7 } } },
    { what: 'POST /v1/devices/press-03/twin/events/cc2c11a0b7de4410/undo', body: undefined },
  ]);
});

test('console: what waits for a person in the whole fleet is a press away from it, and is settled there [TWN-36]', async (t) => {
  await using set = await stage(t);
  if (!set) return;
  const { page: tab } = await set.open();
  await tab.goto(set.cloud.url);
  await tab.getByRole('link', { name: '1 edit to decide' }).click();
  await tab.getByRole('button', { name: /Keep the edge’s 90/ }).click();
  await tab.waitForSelector('text=waits for a person', { state: 'detached' });
  await tab.waitForSelector('text=0 wait for a person, at 1 device');
  assert.deepEqual(
    set.cloud.writes.map(({ what }) => what),
    ['POST /v1/devices/press-03/twin/events/9f2c11a0b7de4410/resolve'],
  );
});
