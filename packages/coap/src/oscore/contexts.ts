import type { Meter } from '@selvedge/kernel';
import type { OscoreContext } from './context.ts';
import { oscoreFaults } from './faults.ts';
import type { HeldContext } from './held-context.ts';

/** The contexts in use, by recipient id and ID context. Bounded; what is beyond is refused. */
export interface Contexts {
  /**
   * Reads and makes durable what `hold` needs, and only then uses the context, unless it was removed meanwhile. Throws
   * COAP_OSCORE_CONTEXTS_FULL, COAP_OSCORE_CONTEXT_TAKEN, and what `hold` throws.
   */
  add(context: OscoreContext, hold: () => Promise<HeldContext>): Promise<void>;
  /** In force when it returns; settles when nothing of it is being written any more. */
  remove(context: OscoreContext): Promise<void>;
  removeAll(): Promise<void>;
  held(context: OscoreContext): HeldContext | undefined;
  /** Those that may have made a request: without a kid context, all with that recipient id. */
  candidates(kid: Buffer, kidContext: Buffer | undefined): readonly HeldContext[];
  all(): readonly OscoreContext[];
}

/** Contexts with the same recipient id: a request without a kid context is tried with each of them. */
const namesakesMax = 8;

interface Entry {
  readonly context: OscoreContext;
  held: HeldContext | undefined;
  isRemoved: boolean;
}

export function contextTable(contextsMax: number, gauge: Meter | undefined): Contexts {
  const byRecipient = new Map<string, readonly Entry[]>();
  /** Two counters for one sender key would give the same numbers. */
  const bySenderKey = new Map<string, Entry>();
  const inUse = ({ held, isRemoved }: Entry): readonly HeldContext[] => (held && !isRemoved ? [held] : []);
  let used = 0;
  const count = (change: 1 | -1): void => {
    used += change;
    gauge?.set(used);
  };

  const enter = (context: OscoreContext): Entry => {
    const namesakes = byRecipient.get(keyOf(context.recipientId)) ?? [];
    const entered = bySenderKey.size;
    if (entered >= contextsMax || namesakes.length >= namesakesMax) {
      throw oscoreFaults(
        'COAP_OSCORE_CONTEXTS_FULL',
        `${entered} contexts are in use, ${namesakes.length} of them with this recipient id`,
        { entered, contextsMax, namesakes: namesakes.length, namesakesMax },
      );
    }
    if (bySenderKey.has(context.stateName)) throw taken(context, 'sender key');
    if (namesakes.some((entry) => isSame(entry.context.idContext, context.idContext)))
      throw taken(context, 'recipient id and ID context');
    const entry: Entry = { context, held: undefined, isRemoved: false };
    byRecipient.set(keyOf(context.recipientId), [...namesakes, entry]);
    bySenderKey.set(context.stateName, entry);
    return entry;
  };
  const leave = (entry: Entry): void => {
    const key = keyOf(entry.context.recipientId);
    const others = (byRecipient.get(key) ?? []).filter((other) => other !== entry);
    if (others.length > 0) byRecipient.set(key, others);
    else byRecipient.delete(key);
    bySenderKey.delete(entry.context.stateName);
  };
  /** The place stays taken until the last write is over: two writers of one state would not know of each other. */
  const retire = async (entry: Entry): Promise<void> => {
    await entry.held?.revoke();
    leave(entry);
  };
  const remove = async (context: OscoreContext): Promise<void> => {
    const entry = bySenderKey.get(context.stateName);
    if (!entry || entry.isRemoved) return;
    entry.isRemoved = true;
    if (!entry.held) return;
    count(-1);
    await retire(entry);
  };

  return {
    async add(context, hold) {
      const entry = enter(context);
      try {
        entry.held = await hold();
      } catch (cause) {
        leave(entry);
        throw cause;
      }
      if (entry.isRemoved) await retire(entry);
      else count(1);
    },
    remove,
    async removeAll() {
      await Promise.all([...bySenderKey.values()].map(({ context }) => remove(context)));
    },
    held(context) {
      const entry = bySenderKey.get(context.stateName);
      return entry && inUse(entry)[0];
    },
    candidates: (kid, kidContext) =>
      (byRecipient.get(keyOf(kid)) ?? []).flatMap((entry) =>
        kidContext === undefined || isSame(entry.context.idContext, kidContext) ? inUse(entry) : [],
      ),
    all: () => [...bySenderKey.values()].flatMap((entry) => inUse(entry).map(({ context }) => context)),
  };
}

const keyOf = (id: Buffer): string => id.toString('hex');

const isSame = (one: Buffer | undefined, other: Buffer | undefined): boolean =>
  one === undefined || other === undefined ? one === other : one.equals(other);

const taken = (context: OscoreContext, what: string): Error =>
  oscoreFaults('COAP_OSCORE_CONTEXT_TAKEN', `another context has the ${what} of ${context.identity}`);
