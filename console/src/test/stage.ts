import { mkdir } from 'node:fs/promises';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { findChromium, needs } from '../../../tools/world.ts';
import { buildConsole } from '../../build.ts';
import { launchChromium, type Scheme, type Screen, type Visit, visit } from './browser.ts';
import { type FakeCloud, type FakeOptions, fakeCloud } from './fake-cloud.ts';

/** Pictures of every page for people; the folder is not part of the sources. */
const pictures = fileURLToPath(new URL('../../../out/console/', import.meta.url));

export interface Stage extends AsyncDisposable {
  readonly cloud: FakeCloud;
  /** A new browser profile on a screen. */
  open(screen?: Screen, scheme?: Scheme): Promise<Visit>;
}

/** The built console, a scripted cloud that serves it, and a browser; skips the test where there is no browser to be had. */
export function stage(
  t: Pick<TestContext, 'skip'>,
  options: Omit<FakeOptions, 'dist'> = {},
): Promise<Stage | undefined> {
  return needs(t, async () => staged(await findChromium(), options));
}

async function staged(chromium: string, options: Omit<FakeOptions, 'dist'>): Promise<Stage> {
  const { dir } = await buildConsole();
  const cloud = await fakeCloud({ dist: dir, ...options });
  let browser: Browser | undefined;
  return {
    cloud,
    async open(screen = 'desktop', scheme = 'light') {
      browser ??= await launchChromium(chromium);
      return visit(browser, screen, scheme);
    },
    async [Symbol.asyncDispose]() {
      await browser?.close();
      await cloud[Symbol.asyncDispose]();
    },
  };
}

export async function picture(page: Page, name: string): Promise<void> {
  await mkdir(pictures, { recursive: true });
  await page.screenshot({ path: `${pictures}${name}.png` });
}

/** Presses Tab until the focus is on something that `selector` matches, as somebody without a mouse would. */
export async function tabTo(page: Page, selector: string, pressesMax = 60): Promise<void> {
  for (let presses = 0; presses < pressesMax; presses++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
  }
  throw new Error(`${pressesMax} presses of Tab did not lead to ${selector}`);
}
