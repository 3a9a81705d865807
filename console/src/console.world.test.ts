import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { buildConsole } from '../build.ts';
import { axeFindings, type Scheme, type Screen, screens } from './test/browser.ts';
import { picture, stage } from './test/stage.ts';

/** Every page, with the words that tell that it is whole. */
const pages = [
  { name: 'fleet', path: '/', shows: 'text=press-01' },
  { name: 'device', path: '/devices/press-03', shows: 'text=computed at the edge' },
  { name: 'alerts', path: '/alerts', shows: 'text=temperature 91.5 is above 85' },
  { name: 'nodes', path: '/nodes', shows: 'text=Acknowledged' },
  { name: 'node', path: '/nodes/edge-hall', shows: 'text=As it says itself' },
  { name: 'metered-node', path: '/nodes/edge-yard', shows: 'text=Link use and cost' },
  { name: 'audit', path: '/audit', shows: 'text=Balanced' },
  { name: 'conflicts', path: '/conflicts', shows: 'text=waits for a person' },
  { name: 'quarantine', path: '/quarantine', shows: 'text=payload-not-json' },
  { name: 'sign-in', path: '/signin', shows: 'text=Sign in to Selvedge' },
  { name: 'unknown', path: '/nowhere/at/all', shows: 'text=No such page' },
] as const;

const looks: readonly (readonly [Screen, Scheme])[] = [
  ['desktop', 'light'],
  ['desktop', 'dark'],
  ['phone', 'light'],
  ['phone', 'dark'],
];

for (const [screen, scheme] of looks) {
  const name = `console: every page is accessible, quiet and fits on a ${screen} in ${scheme} [CON-13, CON-14, CON-17]`;
  test(name, async (t) => {
    await using set = await stage(t);
    if (!set) return;
    const { page, errors } = await set.open(screen, scheme);
    for (const one of pages) {
      await page.goto(set.cloud.url + one.path);
      await page.waitForSelector(one.shows);
      await page.waitForTimeout(one.name === 'fleet' ? 5_000 : 400);
      await picture(page, `${one.name}-${screen}-${scheme}`);
      assert.deepEqual(await axeFindings(page), [], `${one.name} by axe`);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= screens[screen].width, `${one.name} is ${width} wide`);
    }
    assert.deepEqual(errors, []);
  });
}

test('console: it moves nothing while it loads and while it lives [CON-14]', async (t) => {
  await using set = await stage(t);
  if (!set) return;
  for (const screen of ['desktop', 'phone'] as const) {
    const { page } = await set.open(screen);
    for (const path of ['/', '/devices/press-03', '/alerts', '/nodes', '/audit']) {
      await page.goto(set.cloud.url + path);
      await page.waitForTimeout(1_500);
      const shifts = await page.evaluate(
        () =>
          new Promise<{ sum: number; nodes: string[] }>((resolve) => {
            new PerformanceObserver((list) => {
              const entries = list.getEntries() as (PerformanceEntry & {
                value: number;
                sources: { node?: Element }[];
              })[];
              resolve({
                sum: entries.reduce((sum, { value }) => sum + value, 0),
                nodes: entries.flatMap(({ sources }) => sources.map(({ node }) => node?.outerHTML?.slice(0, 90) ?? '')),
              });
            }).observe({ type: 'layout-shift', buffered: true });
            setTimeout(() => resolve({ sum: 0, nodes: [] }), 500);
          }),
      );
      assert.ok(shifts.sum < 0.02, `${path} on a ${screen} shifts by ${shifts.sum}: ${shifts.nodes.join('\n')}`);
    }
  }
});

test('console: a chosen theme is kept and goes before that of the system [CON-14]', async (t) => {
  await using set = await stage(t);
  if (!set) return;
  const { page } = await set.open('desktop', 'dark');
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await page.goto(set.cloud.url);
  const dark = await background();
  await page.getByRole('button', { name: 'Theme: system. Change to light' }).click();
  const light = await background();
  assert.notEqual(light, dark);
  await page.reload();
  assert.equal(await background(), light);
  await page.getByRole('button', { name: 'Theme: light. Change to dark' }).click();
  assert.equal(await background(), dark);
});

test('console: it comes to less than 250 KB and asks no other server [CON-15]', async () => {
  const { dir } = await buildConsole();
  let sizeBytes = 0;
  for (const name of await readdir(dir, { recursive: true })) {
    const file = join(dir, name);
    if (!(await stat(file)).isFile()) continue;
    const content = await readFile(file);
    sizeBytes += gzipSync(content).length;
    if (!/\.(?:html|css)$/.test(name)) continue;
    assert.doesNotMatch(content.toString(), /(?:src|href)="https?:|url\(["']?https?:|@import/, name);
    assert.doesNotMatch(content.toString(), /<script>|<style|\son[a-z]+=/, `${name} has nothing inline`);
  }
  assert.ok(sizeBytes < 250_000, `${sizeBytes} bytes compressed`);
});
