import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { catches } from './defects/table.ts';
import { tellInProcesses } from './jobs.ts';
import { stories } from './stories.ts';
import type { Figures, Outcome, Story } from './story.ts';
import { describeFailureOf, type Telling, tellAll } from './telling.ts';

const usage = `Usage: npm run scenarios -- [--seeds N] [--from SEED] [--only NAME] [--jobs N] [--defect NAME] [--json]

Tells stories of a simulated site, each for N seeds (200), and says which promises broke. It uses as many
processes as there are processors, or N jobs.

${stories.map(({ name, about }) => `  ${name.padEnd(16)} ${about}`).join('\n')}

Planted bugs for --defect, to see them caught:

${catches.map(({ defect }) => `  ${defect.name.padEnd(26)} ${defect.about}`).join('\n')}
`;

/** Where the command prints. */
export interface Print {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether somebody watches: then progress is shown. */
  readonly isWatched: boolean;
}

/** Runs the command; gives the exit code: 0 all held, 1 something broke, 2 misused. */
export async function main(argv: readonly string[], print: Print): Promise<number> {
  const asked = ask(argv);
  if (typeof asked === 'string') {
    print.err(`Error: ${asked}\nTry: npm run scenarios -- --help\n`);
    return 2;
  }
  if (asked.help) {
    print.out(usage);
    return 0;
  }
  let broken = 0;
  for (const story of asked.stories) {
    const show = (told: number): void => print.err(progressLine(story, told, asked.count));
    const progress = print.isWatched && !asked.json ? show : () => undefined;
    const telling =
      asked.jobs === 1
        ? await tellAll(story, asked, ({ seed }) => progress(seed - asked.from + 1))
        : await tellInProcesses(story, asked, asked.jobs, progress);
    broken += telling.failures.length;
    print.out(asked.json ? jsonLine(telling) : textLines(telling));
  }
  return broken === 0 ? 0 : 1;
}

interface Asked {
  readonly help: boolean;
  readonly json: boolean;
  readonly stories: readonly Story[];
  readonly from: number;
  readonly count: number;
  readonly jobs: number;
  readonly defect: (typeof catches)[number]['defect'] | undefined;
}

/** What the arguments ask for, or what is wrong with them. */
function ask(argv: readonly string[]): Asked | string {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        seeds: { type: 'string', default: '200' },
        from: { type: 'string', default: '1' },
        only: { type: 'string' },
        jobs: { type: 'string', default: String(availableParallelism()) },
        defect: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const [count, from] = [Number(values.seeds), Number(values.from)];
    if (!Number.isSafeInteger(count) || count < 1) return `--seeds ${values.seeds} is not a number of seeds`;
    if (!Number.isSafeInteger(from) || from < 0) return `--from ${values.from} is not a seed`;
    const jobs = Number(values.jobs);
    if (!Number.isSafeInteger(jobs) || jobs < 1 || jobs > 256)
      return `--jobs ${values.jobs} is not a number of processes`;
    const chosen = stories.filter(({ name }) => values.only === undefined || name === values.only);
    if (chosen.length === 0) return `there is no story ${values.only}`;
    const defect = catches.find((one) => one.defect.name === values.defect)?.defect;
    if (values.defect !== undefined && !defect) return `there is no planted bug ${values.defect}`;
    return { help: values.help, json: values.json, stories: chosen, from, count, jobs, defect };
  } catch (cause) {
    return (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]!;
  }
}

/** One line that writes itself over, and is gone at the end. */
const progressLine = ({ name }: Story, told: number, count: number): string =>
  `\r${name} ${told}/${count}${told === count ? '\r\u001b[K' : ''}`;

function textLines({ story, tellings, failures, figures }: Telling): string {
  const hours = (figures.simulatedSeconds / 3_600).toFixed(1);
  const head = `${story.name.padEnd(16)} ${tellings} seeds, ${hours} h simulated, ${figures.acknowledged} readings acknowledged, ${figures.blows} blows: ${failures.length === 0 ? 'all held' : `${failures.length} broke`}\n`;
  return head + failures.map((outcome) => describeFailureOf(story, outcome)).join('');
}

/** What a program reads: one line a story. */
export interface StoryLine {
  readonly scenario: string;
  readonly seeds: number;
  readonly held: boolean;
  readonly figures: Figures;
  readonly digest: string;
  readonly broke: readonly Pick<Outcome, 'seed' | 'violations'>[];
}

function jsonLine({ story, tellings, failures, figures, digest }: Telling): string {
  const broke = failures.map(({ seed, violations }) => ({ seed, violations }));
  const line: StoryLine = { scenario: story.name, seeds: tellings, held: broke.length === 0, figures, digest, broke };
  return `${JSON.stringify(line)}\n`;
}

if (import.meta.main) {
  process.exitCode = await main(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    isWatched: process.stderr.isTTY,
  });
}
