import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Random } from '@selvedge/kernel';
import { pause } from './chances.ts';

export interface PubClient {
  readonly acked: ReadonlySet<number>;
  readonly kills: number;
  /** Publishes one reading after the other until `signal` aborts; settles when the last one is acknowledged. */
  run(signal: AbortSignal): Promise<void>;
}

/** How long one run may take to be acknowledged; then it is killed, in milliseconds. */
const patience = 8_000;

/**
 * A device of one process per reading, such as `mosquitto_pub`, which leaves with 0 when its message is acknowledged. What
 * was not is said again, with the same number. Some runs are killed.
 */
export function pubClient(publish: (payload: string) => ChildProcess, random: Random): PubClient {
  const acked = new Set<number>();
  let kills = 0;

  const attempt = async (payload: string): Promise<boolean> => {
    const child = publish(payload);
    const kill = (): void => {
      kills++;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(kill, random.next() < 0.2 ? 800 * random.next() : patience);
    const [code] = (await once(child, 'exit')) as [number | null];
    clearTimeout(timer);
    return code === 0;
  };

  return {
    acked,
    get kills() {
      return kills;
    },
    async run(signal) {
      for (let n = 1; !signal.aborted; n++) {
        const payload = JSON.stringify({ $boot: 1, $seq: n, timestamp: Date.now(), n });
        while (!(await attempt(payload))) await pause(200, new AbortController().signal);
        acked.add(n);
        await pause(100 + 300 * random.next(), signal);
      }
    },
  };
}
