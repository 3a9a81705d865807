import type { Meter } from '@selvedge/kernel';
import { oscoreFaults } from './faults.ts';
import { sequenceLimit } from './option-value.ts';
import type { ReplayStore } from './ports.ts';
import type { WindowState } from './replay-window.ts';

/** How sequence numbers outlive a restart (RFC 8613 appendix B.1.1). */
export interface SequenceLimits {
  /** Numbers made durable at once, before the first of them is used. */
  readonly stride: number;
  /** Numbers left out after a restart, for a disk that had not kept what it said it had. */
  readonly margin: number;
}

/** The sender sequence numbers of one key, and what is kept beside them. */
export interface Sequences {
  /**
   * A number that was never given before, in this life or an earlier one. Throws COAP_OSCORE_SEQUENCE_EXHAUSTED, or
   * COAP_OSCORE_STATE_FAILED while the store cannot keep the next stride.
   */
  take(): Promise<number>;
  /** Settles when what `windowState` gives now, or later, is durable. Throws COAP_OSCORE_STATE_FAILED. */
  save(): Promise<void>;
  /** Settles when nothing is being written any more. Nothing is given afterwards. */
  close(): Promise<void>;
}

/** Begins at `first`; its first stride is durable when this settles. */
export async function openSequences(
  first: number,
  name: string,
  store: ReplayStore,
  limits: SequenceLimits,
  windowState: () => WindowState | undefined,
  saves: Meter | undefined,
): Promise<Sequences> {
  let next = first;
  /** Numbers below this are durable as used. */
  let bound = first;
  let running: Promise<void> | undefined;
  let following: Promise<void> | undefined;
  let closed = false;

  const write = async (): Promise<void> => {
    const reserved = Math.min(sequenceLimit, Math.max(bound, next + Math.max(1, limits.stride)));
    try {
      await store.save(name, { reserved, window: windowState() });
    } catch (cause) {
      saves?.add(1, 'failed');
      throw cause;
    }
    saves?.add(1, 'kept');
    bound = reserved;
  };
  const begin = (): Promise<void> => {
    running = write().finally(() => {
      running = undefined;
    });
    return running;
  };
  // One write is under way and one waits for it, whoever asks: a write that has begun may not hold what came since.
  const save = (): Promise<void> => {
    if (!running && !following) return begin();
    following ??= (running ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => {
        following = undefined;
        return begin();
      });
    return following;
  };

  await save();
  return {
    async take() {
      while (next >= bound) {
        if (closed) break;
        if (bound >= sequenceLimit) {
          throw oscoreFaults('COAP_OSCORE_SEQUENCE_EXHAUSTED', `all ${sequenceLimit} sequence numbers are used`);
        }
        await (running ?? save());
      }
      if (closed) throw oscoreFaults('COAP_OSCORE_CONTEXT_UNKNOWN', 'the context is not in use any more');
      const sequence = next++;
      // Whoever needs the next stride while it cannot be kept is told so by `take`.
      if (bound - next < limits.stride / 2 && bound < sequenceLimit && !running) save().catch(() => undefined);
      return sequence;
    },
    save,
    async close() {
      closed = true;
      while (running || following) await (running ?? following)?.catch(() => undefined);
    },
  };
}
