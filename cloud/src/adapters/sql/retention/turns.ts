import type { PrunedTurn, PruneWish, Retention } from '../../../ports.ts';
import type { Core } from '../core.ts';
import type { SmallKind } from './small.ts';

const nothing: PrunedTurn = { rows: 0, readings: 0, bytes: 0 };

/** Lets the reader look and the writer take away: who appends waits for the second alone. */
export function retention(writer: () => Core, reader: () => Core): Retention {
  return {
    use: async () => reader().retention.use(),
    bytesOf: async (kind) => reader().retention.bytesOf(kind),
    giveBack: async () => writer().retention.giveBack(),
    async prune(wish) {
      if (wish.kind === 'log') return pruneLog(wish);
      if (wish.kind === 'telemetry') return pruneTelemetry(wish);
      return writer().retention.takeSmall(wish as PruneWish & { kind: SmallKind });
    },
  };

  async function pruneLog(wish: PruneWish): Promise<PrunedTurn> {
    const account = await reader().retention.accountLog(wish.before);
    if (!account || !(await writer().retention.takeLog(account, wish))) return nothing;
    return { rows: account.batches, readings: 0, bytes: account.bytes };
  }

  async function pruneTelemetry(wish: PruneWish): Promise<PrunedTurn> {
    const account = await reader().retention.accountTelemetry(wish.before);
    if (!account || !(await writer().retention.takeTelemetry(account, wish))) return nothing;
    return { rows: account.chunks.length, readings: account.readings, bytes: account.bytes };
  }
}
