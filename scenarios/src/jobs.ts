import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { StoryLine } from './main.ts';
import type { Story } from './story.ts';
import { mergeTellings, type Range, type Telling } from './telling.ts';

/** Seeds that one process tells: enough to be worth its start, few enough that its memory stays small. */
const shareMax = 40;

const program = fileURLToPath(new URL('./main.ts', import.meta.url));

/**
 * Tells a story for each seed of the range in so many processes at once. What comes out does not depend on how many.
 * `progress` hears how many seeds have been told. Rejects when a process fails otherwise than by a broken promise.
 */
export async function tellInProcesses(
  story: Story,
  range: Range,
  jobs: number,
  progress: (told: number) => void = () => undefined,
): Promise<Telling> {
  const end = range.from + range.count;
  const size = Math.max(1, Math.min(shareMax, Math.ceil(range.count / jobs)));
  const tellings: Telling[] = [];
  let next = range.from;
  let told = 0;
  const work = async (): Promise<void> => {
    while (next < end) {
      const share = { ...range, from: next, count: Math.min(size, end - next) };
      next += share.count;
      tellings.push(tellingOf(story, await tellShare(story, share)));
      told += share.count;
      progress(told);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return mergeTellings(story, tellings);
}

/** Tells it in a process of its own. */
export function tellShare(story: Story, { from, count, defect }: Range): Promise<StoryLine> {
  const which = ['--only', story.name, '--from', String(from), '--seeds', String(count)];
  const argv = [program, '--json', '--jobs', '1', ...which, ...(defect ? ['--defect', defect.name] : [])];
  return new Promise((resolve, reject) => {
    // Most of what is made lives for one moment: a larger nursery saves a tenth of the time.
    const flags = ['--max-semi-space-size=32'];
    execFile(process.execPath, [...flags, ...argv], { maxBuffer: 2 ** 26 }, (failure, out, err) => {
      // A story that broke ends with 1 and its line all the same.
      if (out.startsWith('{')) resolve(JSON.parse(out) as StoryLine);
      else reject(new Error(`${argv.join(' ')} failed: ${err}`, { cause: failure }));
    });
  });
}

const tellingOf = (story: Story, { seeds, broke, figures, digest }: StoryLine): Telling => ({
  story,
  ...{ tellings: seeds, failures: broke, figures, digest },
});
