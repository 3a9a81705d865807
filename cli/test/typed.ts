import { systemClock, systemRandom } from '@selvedge/kernel/system';
import { runCommandLine } from '../src/run.ts';
import type { VerbWorld } from '../src/verb.ts';
import { verbs } from '../src/verbs/index.ts';

export interface Typed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What was printed, as JSON. */
  json(): unknown;
}

/** Types a command line in a folder without data, with the token `t0ken` in the environment unless `env` says otherwise. */
export async function type(line: string | readonly string[], about: Partial<VerbWorld> = {}): Promise<Typed> {
  const words = typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line;
  let out = '';
  let err = '';
  const world: VerbWorld = {
    env: { SELVEDGE_TOKEN: 't0ken' },
    root: '/nowhere',
    clock: systemClock,
    random: systemRandom,
    out: {
      isTerminal: false,
      columns: 80,
      write: (text) => void (out += text),
      complain: (text) => void (err += text),
    },
    fetch,
    signal: new AbortController().signal,
    urgent: new AbortController().signal,
    ...about,
  };
  const code = await runCommandLine(words, verbs, world);
  return { code, out, err, json: () => JSON.parse(out) as unknown };
}
