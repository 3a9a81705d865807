import type { ChildProcess } from 'node:child_process';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that runs, and what it has said so far. */
export interface Watched {
  readonly process: ChildProcess;
  /** Settles when it has ended and all it said has been read; rejects if it could not be started. */
  readonly ended: Promise<Ended>;
  /** Settles when its output contains `text`; rejects if it ends without. */
  saw(text: string): Promise<void>;
  /** Ends it with SIGTERM, after `patience` milliseconds with SIGKILL. May be repeated. */
  stop(patience?: number): Promise<Ended>;
}

/** Collects what a process prints, and how it ends. Its output must be piped. */
export function watch(child: ChildProcess): Watched {
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...said }));
  });
  // Whoever waits for it still hears of it; nobody has to.
  ended.catch(() => undefined);
  const saw = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (said.stdout.includes(text) || said.stderr.includes(text)) resolve();
      };
      child.stdout?.on('data', look);
      child.stderr?.on('data', look);
      const tooLate = (): void => reject(new Error(`ended without saying "${text}":\n${said.stdout}${said.stderr}`));
      ended.then(tooLate, tooLate);
      look();
    });
  const stop = async (patience = 5_000): Promise<Ended> => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), patience);
    try {
      return await ended;
    } finally {
      clearTimeout(timer);
    }
  };
  return { process: child, ended, saw, stop };
}
