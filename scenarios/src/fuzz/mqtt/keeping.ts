import { type Clock, type Log, type Random, seededEntropy } from '@selvedge/kernel';
import { type JournalSessions, journalSessions, memorySessions, type SessionStore } from '@selvedge/mqtt';
import { memoryDisk } from '../../../../packages/journal/src/adapters/memory/disk.ts';
import { oneOf } from '../../cast/chance.ts';
import { Broken } from '../target.ts';

/** Keeps sessions over the lives of a broker. */
export interface Keeping {
  /** At the start of a broker; undefined: they live as long as it does. */
  open(): Promise<SessionStore | undefined>;
  /** After its end. Throws `Broken` if more is kept than has reason to be. */
  close(): Promise<void>;
  /** Forgets everything, while it is closed: what is on a simulated disk is no memory that somebody holds. */
  forget(): void;
}

/** One of the ways there are. */
export function drawKeeping(
  random: Random,
  world: { readonly clock: Clock; readonly log: Log },
  seed: number,
): Keeping {
  const kind = oneOf(random, ['nothing', 'memory', 'journal', 'journal'] as const);
  if (kind === 'journal') return journalKeeping(world, seed);
  const made = (): SessionStore | undefined => (kind === 'memory' ? memorySessions() : undefined);
  let store = made();
  return { open: async () => store, close: async () => undefined, forget: () => void (store = made()) };
}

/** Small, so that checkpoints are taken and segments given back. Bytes. */
const sizes = { segmentSize: 256 * 1_024, checkpointMin: 64 * 1_024 };
const sizeMax = 4 * 2 ** 20;

function journalKeeping(world: { readonly clock: Clock; readonly log: Log }, seed: number): Keeping {
  let disk = memoryDisk();
  let store: JournalSessions | undefined;
  return {
    async open() {
      store = journalSessions({ dir: '/sessions', ...sizes }, { ...world, disk, entropy: seededEntropy(seed) });
      await store.start(new AbortController().signal);
      return store;
    },
    async close() {
      const { sizeBytes } = store!;
      await store!.stop();
      if (sizeBytes > sizeMax) throw new Broken('growth', `the journal of sessions has ${sizeBytes} bytes`);
    },
    forget: () => void (disk = memoryDisk()),
  };
}
