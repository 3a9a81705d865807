import { type OscoreState, oscoreFaults, type ReplayStore } from '@selvedge/coap';
import { describeFailure, isFault } from '@selvedge/kernel';
import type { Snapshots } from '../../ports.ts';

/** What of a state is written. A name that was forgotten stays, because a snapshot is only ever replaced. */
interface Saved {
  readonly reserved: number;
  readonly highest: number | null;
  readonly seen: string | null;
}

/** Keeps the changing part of OSCORE contexts among the node's snapshots, each replaced whole and durably. */
export function snapshotReplayStore(snapshots: Snapshots): ReplayStore {
  const nameOf = (name: string): string => `oscore-${name}`;
  const write = (name: string, text: string): Promise<void> =>
    guarded('cannot be written', () => snapshots.write(nameOf(name), Buffer.from(text)));
  return {
    async load(name) {
      const bytes = await guarded('cannot be read', () => snapshots.read(nameOf(name)));
      return bytes && stateOf(name, bytes.toString('utf8'));
    },
    save(name, { reserved, window }) {
      const seen = window ? Buffer.from(window.seen).toString('hex') : null;
      const saved: Saved = { reserved, highest: window?.highest ?? null, seen };
      return write(name, JSON.stringify(saved));
    },
    forget: (name) => write(name, forgotten),
  };
}

const forgotten = 'null';

/** A damaged state is never a new beginning: numbers would be used twice. */
function stateOf(name: string, text: string): OscoreState | undefined {
  if (text === forgotten) return undefined;
  try {
    const { reserved, highest, seen } = JSON.parse(text) as Saved;
    if (Number.isSafeInteger(reserved) && reserved >= 0 && (highest === null) === (seen === null))
      return { reserved, window: highest === null ? undefined : { highest, seen: Buffer.from(seen!, 'hex') } };
  } catch {
    // Said below, together with what is JSON and no state.
  }
  throw oscoreFaults('COAP_OSCORE_STATE_DAMAGED', `the state ${name} is damaged`);
}

async function guarded<Value>(what: string, act: () => Promise<Value>): Promise<Value> {
  try {
    return await act();
  } catch (cause) {
    if (isFault(cause)) throw cause;
    throw oscoreFaults('COAP_OSCORE_STATE_FAILED', `the OSCORE state ${what}`, describeFailure(cause), cause);
  }
}
