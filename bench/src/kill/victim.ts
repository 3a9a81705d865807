import { once } from 'node:events';
import type { Launched } from '../process.ts';

/** A process that is killed at any moment and started again at once on what it left. */
export interface Victim {
  readonly kills: number;
  /** Those of them that came before it was ready. */
  readonly killsInStart: number;
  /** Settles when it is ready; rejects when it ended by itself. */
  ready(): Promise<void>;
  /** SIGKILL, and a new start. */
  kill(): Promise<void>;
  /** Ends it in order. */
  stop(): Promise<void>;
}

export function victim(launch: () => Launched): Victim {
  let kills = 0;
  let killsInStart = 0;
  let isReady = false;
  let now = begin();

  function begin(): Launched {
    const launched = launch();
    isReady = false;
    launched.ready.then(
      () => {
        if (launched === now) isReady = true;
      },
      // Whoever waits for it hears of it.
      () => undefined,
    );
    return launched;
  }

  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    const { child } = now;
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`a process ended by itself (${child.exitCode ?? child.signalCode})`);
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };

  return {
    get kills() {
      return kills;
    },
    get killsInStart() {
      return killsInStart;
    },
    async ready() {
      await now.ready;
    },
    async kill() {
      kills++;
      if (!isReady) killsInStart++;
      await end('SIGKILL');
      now = begin();
    },
    stop: () => end('SIGTERM'),
  };
}
