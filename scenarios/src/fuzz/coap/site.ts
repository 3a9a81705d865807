import type { Resource } from '@selvedge/coap';
import { type Clock, millis } from '@selvedge/kernel';

/** Long enough for blocks. */
const big = Buffer.alloc(5_000, 'big ');

/** What the fuzzed endpoint serves: something for each way of answering. `observers` are those of `sensors`. */
export const site = (clock: Clock, count: () => number, observers: Set<() => void>): readonly Resource[] => [
  {
    path: 'sensors',
    formats: [50, 60],
    consumes: [0, 50, 60, 110],
    get: () => ({ payload: '["a","b"]', contentFormat: 50 }),
    async post() {
      await clock.sleep(millis(1));
      return { code: 0x41, locationPath: ['sensors', 'c'] };
    },
    fetch: ({ payload }) => payload,
  },
  {
    path: 'sensors/*',
    // Any path may be observed, so they are told of changes one by one.
    observable(_request, changed) {
      observers.add(changed);
      return () => void observers.delete(changed);
    },
    get: ({ path }) => `${path[1]} ${count()}`,
    put: ({ payload }) => (payload.length === 0 ? { code: 0x80 } : undefined),
    delete: () => undefined,
    links: () => [{ path: 'sensors/a', attributes: { rt: 'x' } }],
  },
  { path: 'big', observable: true, get: () => big, notifications: 'confirmable' },
  {
    path: 'slow',
    async get() {
      await clock.sleep(millis(700));
      return 'at last';
    },
  },
  { path: 'upload', bodySizeMax: 4_000, put: ({ payload }) => `${payload.length}`, post: ({ payload }) => payload },
  {
    path: 'fails',
    get: () => {
      throw new Error('the sensor is broken');
    },
  },
  { path: 'ticker', observable: true, get: () => `${count()}`, attributes: { rt: 'ticker' } },
];
