import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Entropy, Random } from '../../random.ts';

/** The machine's own time. */
export const systemClock: Clock = {
  wall: () => Date.now(),
  ticks: () => performance.now(),
  async sleep(wait, signal) {
    let left: number = wait;
    for (; left > timerMax; left -= timerMax) await timer(timerMax, signal);
    await timer(left, signal);
  },
  soon: (task) => void setImmediate(task),
};

export const systemRandom: Random = { next: () => Math.random() };

export const systemEntropy: Entropy = { bytes: (length) => new Uint8Array(randomBytes(length)) };

/** Milliseconds. Node's timers count in 31 bits (24.8 days); a longer one would fire at once. */
const timerMax = 2 ** 31 - 1;

const timer = (wait: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const handle = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, wait);
    const abort = (): void => {
      clearTimeout(handle);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
