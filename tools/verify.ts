/** `npm run verify [-- --no-tests]`: all that a reviewer asks for. Every step runs, whatever became of those before it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './repository.ts';

export interface Step {
  readonly name: string;
  /** What Node runs: a script and its arguments. */
  readonly command: readonly string[];
  /** What to do when it fails. */
  readonly advice: string;
  /** Shows what it prints as it comes; others are quiet unless they fail. */
  readonly loud?: boolean;
}

/** Runs the steps in order and prints what came of each; the exit code. */
export async function verify(steps: readonly Step[], cwd: string): Promise<number> {
  const failed: string[] = [];
  for (const step of steps) {
    const start = performance.now();
    const { code, output } = await run(step, cwd);
    const seconds = ((performance.now() - start) / 1_000).toFixed(1);
    process.stdout.write(`${code === 0 ? 'ok  ' : 'FAIL'} ${step.name} (${seconds} s)\n`);
    if (code === 0) continue;
    failed.push(step.name);
    process.stdout.write(`${output}Error: ${step.name} ended with ${code}.\nTry: ${step.advice}\n`);
  }
  process.stdout.write(failed.length === 0 ? 'Verified\n' : `Not verified: ${failed.join(', ')}\n`);
  return failed.length === 0 ? 0 : 1;
}

async function run({ command, loud }: Step, cwd: string): Promise<{ code: number | string; output: string }> {
  const flags = ['--disable-warning=ExperimentalWarning', ...command];
  const child = spawn(process.execPath, flags, {
    cwd,
    stdio: ['ignore', loud ? 'inherit' : 'pipe', loud ? 'inherit' : 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code, signal] = await once(child, 'close');
  return { code: code ?? signal, output };
}

const bin = (name: string): string => realpathSync(join(root, 'node_modules', '.bin', name));

function houseSteps(argv: readonly string[]): readonly Step[] {
  const types = ['.', 'console'].filter((dir) => existsSync(join(root, dir, 'tsconfig.json')));
  return [
    {
      name: 'format and lint',
      command: [bin('biome'), 'check', '--error-on-warnings', '.'],
      advice: 'npm run format, then mend what is left',
    },
    ...types.map((dir) => ({
      name: `types of ${dir}`,
      command: [bin('tsc'), '--noEmit', '-p', dir],
      advice: 'mend the types where they are told',
    })),
    { name: 'reference', command: ['tools/docgen.ts', '--check'], advice: 'npm run docs, and commit what it changed' },
    argv.includes('--no-tests')
      ? { name: 'tidy', command: ['tools/tidy.ts'], advice: 'mend what it lists' }
      : { name: 'tests', command: ['tools/test.ts'], advice: 'mend what fails above', loud: true },
  ];
}

if (import.meta.main) process.exitCode = await verify(houseSteps(process.argv.slice(2)), root);
