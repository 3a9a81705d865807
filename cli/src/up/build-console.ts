import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { forkChild } from '../adapters/fork/children.ts';
import type { Progress } from '../adapters/terminal/progress.ts';
import type { VerbContext } from '../verb.ts';

/** The console is built from the checkout. */
const consoleScript = ({ root }: VerbContext): string => join(root, 'console', 'build.ts');

/** Folder of the built console. */
export const consoleDir = (context: VerbContext): string => join(dirname(consoleScript(context)), 'dist');

export interface ConsoleBuilding {
  /** Settles when it has ended; a console that cannot be built is told by its line, and does not keep the rest away. */
  readonly ended: Promise<void>;
  stop(signal: 'SIGTERM' | 'SIGKILL'): void;
}

/** Builds the console if its sources have changed, in a process of its own. */
export function buildConsole(context: VerbContext, display: Progress): ConsoleBuilding {
  const isFirst = !existsSync(join(consoleDir(context), 'index.html'));
  const step = display.step('console', isFirst ? 'is built, this first time' : 'is compared with its sources');
  const logFile = join(context.data, 'run', 'console.log');
  const script = fileURLToPath(new URL('./console-build.ts', import.meta.url));
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const child = forkChild(
    { script, args: [consoleScript(context)], env: context.env, logFile },
    {
      ready: (facts) => step.done((facts as { built: boolean }).built ? 'built' : 'is up to date'),
      exited(failure) {
        step.failed(`${failure.message.split('\n')[0]}; see ${logFile}`);
        resolve();
      },
    },
  );
  return { ended, stop: (signal) => child.signal(signal) };
}
