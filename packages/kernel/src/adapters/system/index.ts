import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Entropy, Random } from '../../random.ts';

/** The machine's own time. */
export const systemClock: Clock = {
  wall: () => Date.now(),
  ticks: () => performance.now(),
  sleep: (wait, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', abort);
        resolve();
      }, wait);
      const abort = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', abort, { once: true });
    }),
  soon: (task) => void setImmediate(task),
};

export const systemRandom: Random = { next: () => Math.random() };

export const systemEntropy: Entropy = { bytes: (length) => new Uint8Array(randomBytes(length)) };
