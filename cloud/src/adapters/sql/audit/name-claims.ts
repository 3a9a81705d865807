import { claimNames, type SeqRun } from '../../../engines/names/claim-names.ts';
import type { ReadingRow } from '../../../engines/telemetry/reading-row.ts';

/** The names of the readings that an audit has come across, to find one that is stored twice. */
export interface NameClaims {
  /** Readings among the rows whose name was claimed before. */
  claim(device: number, rows: readonly ReadingRow[]): readonly ReadingRow[];
  holds(device: number, row: ReadingRow): boolean;
  /** For each boot of the device the least run that covers its names. */
  spans(device: number): readonly (SeqRun & { readonly boot: number })[];
}

/** Finds nothing: for who looks at a part only, and leaves names to the audit of the whole. */
export const noNames: NameClaims = { claim: () => [], holds: () => false, spans: () => [] };

export function nameClaims(): NameClaims {
  /** By device and boot: where each run begins, and one past where it ends. */
  const devices = new Map<number, Map<number, Map<number, number>>>();
  const runsOf = (device: number, boot: number): Map<number, number> => {
    let boots = devices.get(device);
    if (!boots) devices.set(device, (boots = new Map()));
    let runs = boots.get(boot);
    if (!runs) boots.set(boot, (runs = new Map()));
    return runs;
  };

  return {
    claim(device, rows) {
      const again: ReadingRow[] = [];
      const named = rows.filter((row) => row.boot >= 0);
      for (const [boot, inBoot] of Map.groupBy(named, (row) => row.boot)) {
        const runs = runsOf(device, boot);
        const kept = Array.from(runs, ([from, to]) => ({ from, to })).sort((one, other) => one.from - other.from);
        const claimed = claimNames(
          kept,
          inBoot.map((row) => row.seq),
        );
        for (const [index, fresh] of claimed.fresh.entries()) if (!fresh) again.push(inBoot[index]!);
        for (const from of claimed.removed) runs.delete(from);
        for (const { from, to } of claimed.written) runs.set(from, to);
      }
      return again;
    },

    holds(device, { boot, seq }) {
      for (const [from, to] of devices.get(device)?.get(boot) ?? []) if (from <= seq && seq < to) return true;
      return false;
    },

    spans: (device) =>
      Array.from(devices.get(device) ?? [], ([boot, runs]) => {
        let from = Number.POSITIVE_INFINITY;
        let to = 0;
        for (const [begin, end] of runs) {
          from = Math.min(from, begin);
          to = Math.max(to, end);
        }
        return { boot, from, to };
      }),
  };
}
