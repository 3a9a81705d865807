import { join } from 'node:path';
import type { Print } from '../main.ts';
import { type Asked, ask, usage } from './ask.ts';
import { fuzzWith } from './crew.ts';
import { minimise } from './minimise.ts';
import { readRecord, record } from './record.ts';
import { targets } from './targets.ts';
import { jsonLine, progressLine, type Told, textLines } from './tell.ts';
import { tester } from './tester.ts';
import { signature } from './trial.ts';
import { patience } from './watched-worker.ts';

export type { FuzzLine } from './tell.ts';

/** Where findings are written. */
const out = join(import.meta.dirname, '../../../out/fuzz');

/** Runs the command; gives the exit code: 0 all held, 1 something was found, 2 misused. */
export async function main(argv: readonly string[], print: Print, folder: string = out): Promise<number> {
  const asked = ask(argv);
  if (typeof asked === 'string') {
    print.err(`Error: ${asked}\nTry: npm run fuzz -- --help\n`);
    return 2;
  }
  if (asked.help) {
    print.out(usage);
    return 0;
  }
  return asked.replay === undefined ? fuzz(asked, print, folder) : replay(asked.replay, print);
}

async function fuzz(asked: Asked, print: Print, folder: string): Promise<number> {
  const begun = performance.now();
  const secondsNow = (): number => (performance.now() - begun) / 1_000;
  const job = { target: asked.target, plant: asked.plant };
  const errand = { seed: asked.seed, inputsMax: asked.inputs, until: Date.now() + asked.seconds * 1_000 };
  let toldAt = 0;
  const fuzzed = await fuzzWith(job, errand, (figures) => {
    if (performance.now() - toldAt < (print.isWatched ? 1_000 : 10_000)) return;
    toldAt = performance.now();
    print.err(progressLine(figures, secondsNow(), print.isWatched));
  });
  if (print.isWatched) print.err('\r\u001b[K');
  const seconds = secondsNow();
  const told: Told[] = [];
  await using trials = tester(job, { ...patience, cpu: 3 });
  for (const found of fuzzed.findings) {
    print.err(`Making smaller: ${found.kind}: ${found.why}\n`);
    const { finding, shown } = await minimise(found, trials.try, targets[asked.target]!.split);
    told.push({ finding, shown, file: record({ ...job, finding }, shown, folder) });
  }
  print.out((asked.json ? jsonLine : textLines)(asked, fuzzed, seconds, told));
  return told.length === 0 ? 0 : 1;
}

async function replay(path: string, print: Print): Promise<number> {
  const read = readRecord(path);
  if (typeof read === 'string') {
    print.err(`Error: ${read}\nTry: a file that npm run fuzz has written\n`);
    return 2;
  }
  const { finding, ...job } = read;
  await using trials = tester(job);
  const shown = await trials.try(finding);
  const isSame = shown !== undefined && signature(shown) === signature(finding);
  print.out(shown ? `${isSame ? 'Again' : 'Something else'}: ${shown.kind}: ${shown.why}\n` : 'All held\n');
  return shown ? 1 : 0;
}

if (import.meta.main) {
  process.exitCode = await main(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    isWatched: process.stderr.isTTY,
  });
}
