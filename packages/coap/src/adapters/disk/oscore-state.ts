import { join } from 'node:path';
import { isFault } from '@selvedge/kernel';
import { oscoreFaults } from '../../oscore/faults.ts';
import type { OscoreState, ReplayStore } from '../../oscore/ports.ts';
import { decodeState, encodeState, slotSize } from '../../oscore/stored-state.ts';
import { type StateDisk, type StateFile, systemStateDisk } from './state-disk.ts';

export interface DiskReplayStoreOptions {
  /** A folder of its own, which no second process uses. */
  readonly dir: string;
  readonly disk?: StateDisk;
}

/** The newest whole slot of a file: its turn, counted from 1, and what it holds. */
interface Newest {
  readonly slot: number;
  readonly turn: number;
  readonly state: OscoreState;
}

/**
 * One file for each state, with two slots that take turns, so that a write cut short leaves the other one. A file gets its
 * name when it is whole and durable: one without a whole slot has been damaged since.
 */
export function diskReplayStore({ dir, disk = systemStateDisk }: DiskReplayStoreOptions): ReplayStore {
  const turns = new Map<string, { readonly slot: number; readonly turn: number }>();
  const pathOf = (name: string): string => join(dir, `${name}.oscore`);

  const create = async (name: string, state: OscoreState): Promise<void> => {
    await disk.makeDir(dir);
    const unnamed = `${pathOf(name)}.new`;
    await withFile(await disk.open(unnamed), async (file) => {
      await file.write(Buffer.concat([encodeState(state, 1), encodeState(state, 2)]), 0);
      await file.sync();
    });
    await disk.rename(unnamed, pathOf(name));
    await disk.syncDir(dir);
    turns.set(name, { slot: 1, turn: 2 });
  };

  return {
    load: (name) =>
      guarded('cannot be read', async () => {
        const file = await disk.open(pathOf(name), 'existing').catch(absent);
        if (!file) return undefined;
        const newest = await withFile(file, readNewest);
        if (!newest) throw oscoreFaults('COAP_OSCORE_STATE_DAMAGED', `${pathOf(name)} holds no whole state`);
        turns.set(name, newest);
        return newest.state;
      }),
    save: (name, state) =>
      guarded('cannot be written', async () => {
        const before = turns.get(name);
        if (!before) return create(name, state);
        // A slot whose write failed is written again: the other one still holds the state before.
        const next = { slot: 1 - before.slot, turn: before.turn + 1 };
        await withFile(await disk.open(pathOf(name), 'existing'), async (file) => {
          await file.write(encodeState(state, next.turn), next.slot * slotSize);
          await file.sync();
        });
        turns.set(name, next);
      }),
    forget: (name) =>
      guarded('cannot be removed', async () => {
        turns.delete(name);
        await disk.remove(pathOf(name)).catch(absent);
        await disk.syncDir(dir);
      }),
  };
}

async function readNewest(file: StateFile): Promise<Newest | undefined> {
  const slots = Buffer.alloc(slotSize * 2);
  await file.read(slots, 0);
  const found = [0, 1].flatMap((slot) => {
    const one = decodeState(slots.subarray(slot * slotSize, (slot + 1) * slotSize));
    return one.ok ? [{ slot, ...one.value }] : [];
  });
  return found.sort((one, other) => other.turn - one.turn)[0];
}

async function withFile<Value>(file: StateFile, use: (file: StateFile) => Promise<Value>): Promise<Value> {
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

const absent = (cause: unknown): undefined => {
  if (codeOf(cause) !== 'ENOENT') throw cause;
};

async function guarded<Value>(what: string, act: () => Promise<Value>): Promise<Value> {
  try {
    return await act();
  } catch (cause) {
    if (isFault(cause)) throw cause;
    const errno = codeOf(cause);
    throw oscoreFaults('COAP_OSCORE_STATE_FAILED', `the OSCORE state ${what}: ${errno}`, { errno }, cause);
  }
}

/** Node's code of a failure, or what it says. */
function codeOf(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return cause instanceof Error ? cause.message : String(cause);
}
