import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** A process that is killed again and again, and started again each time on what it left. */
export interface Mortal {
  readonly name: string;
  readonly kills: number;
  /** Ends of its own, each with the last that it said: there must be none. */
  readonly ownEnds: readonly string[];
  /** The end of what its present life, or its last, wrote to stderr. */
  readonly said: string;
  start(): void;
  /** SIGKILL, to its own pid. Settles when it is gone. */
  kill(): Promise<void>;
  /** Closes its stdin, if it has one, else SIGTERM; settles when it has ended, by SIGKILL if it takes longer. */
  stop(patienceMs: number): Promise<void>;
}

/** `launch` starts it and pipes at least its stderr. */
export function mortal(name: string, launch: () => ChildProcess): Mortal {
  const ownEnds: string[] = [];
  let child: ChildProcess | undefined;
  let kills = 0;
  let said = '';

  const end = async (act: (one: ChildProcess) => void): Promise<void> => {
    const one = child;
    child = undefined;
    if (!one || one.exitCode !== null || one.signalCode !== null) return;
    const ended = once(one, 'exit');
    act(one);
    await ended;
  };

  return {
    name,
    ownEnds,
    get kills() {
      return kills;
    },
    get said() {
      return said;
    },
    start() {
      const one = launch();
      child = one;
      said = '';
      one.stderr!.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-2_000);
      });
      one.once('exit', (code, signal) => {
        if (child === one) ownEnds.push(`${name} ended by itself (${code ?? signal}): ${said}`);
      });
    },
    kill() {
      kills++;
      return end((one) => void one.kill('SIGKILL'));
    },
    stop: (patienceMs) =>
      end((one) => {
        if (one.stdin) one.stdin.end();
        else one.kill('SIGTERM');
        const timer = setTimeout(() => one.kill('SIGKILL'), patienceMs);
        one.once('exit', () => clearTimeout(timer));
      }),
  };
}
