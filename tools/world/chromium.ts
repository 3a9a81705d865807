import { ensureDebian, findCommand } from './debian.ts';
import { Missing } from './missing.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** The path of a Chromium for playwright-core, installed first where that is possible. Throws Missing where it is not. */
export async function findChromium(): Promise<string> {
  const find = (): string | undefined => names.map((name) => findCommand(name)).find((path) => path !== undefined);
  const present = find();
  if (present !== undefined) return present;
  await ensureDebian(['chromium']);
  const installed = find();
  if (installed === undefined) throw new Missing('chromium is not in the path.', 'install chromium');
  return installed;
}
