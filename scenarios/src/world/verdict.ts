import { setTimeout as sleep } from 'node:timers/promises';
import type { Audit, ThreePlaces, Unaudited } from './three-places.ts';

/** The numbers that each device was told to be durable. */
export type Acked = ReadonlyMap<string, ReadonlySet<number>>;

export interface Verdict {
  /** Acknowledged, and not in the cloud; as `device/number`. */
  readonly lost: readonly string[];
  /** In the cloud more than once. */
  readonly doubled: readonly string[];
  /** Readings in the cloud, those among them that nobody lived to hear the acknowledgement of. */
  readonly stored: number;
  /** The product's own. */
  readonly audit: Audit | Unaudited;
}

/** What may be asked of a cloud. */
export type Asked = Pick<ThreePlaces, 'insist' | 'audit'>;

/** No device has more readings in ten minutes than the cloud gives at once. */
const page = 600_000;
const limit = 10_000;

/** The verdict, once nothing is missing and nothing on its way any more, or when it is too late for that. */
export async function settled(
  world: Asked,
  acked: Acked,
  { from, latest }: { readonly from: number; readonly latest: number },
): Promise<Verdict> {
  for (;;) {
    const late = performance.now() > latest;
    const audit = await world.audit();
    if (late || ('complete' in audit && audit.complete && audit.balanced && audit.pending === 0)) {
      const verdict = { ...(await compare(world, acked, from)), audit };
      if (late || verdict.lost.length === 0) return verdict;
    }
    await sleep(1_000);
  }
}

/** Compares what was acknowledged with what the cloud gives out, taken since `from`. */
export async function compare(world: Asked, acked: Acked, from: number): Promise<Omit<Verdict, 'audit'>> {
  const lost: string[] = [];
  const doubled: string[] = [];
  let stored = 0;
  for (const [id, numbers] of acked) {
    const counts = await countsOf(world, id, from);
    for (const [n, count] of counts) {
      stored += count;
      if (count > 1) doubled.push(`${id}/${n}`);
    }
    for (const n of numbers) if (!counts.has(n)) lost.push(`${id}/${n}`);
  }
  return { lost, doubled, stored };
}

/** How often the cloud has each number of a device. */
async function countsOf(world: Asked, id: string, from: number): Promise<ReadonlyMap<number, number>> {
  const counts = new Map<number, number>();
  for (let begin = from; begin < Date.now(); begin += page) {
    const path = `/v1/devices/${id}/readings?from=${begin}&to=${begin + page}&limit=${limit}`;
    const { readings } = await world.insist<{ readings: { values: { n: number } }[] }>('cloud', path);
    if (readings.length === limit) throw new Error(`${id} has more than ${limit} readings in ${page} ms`);
    for (const { values } of readings) counts.set(values.n, (counts.get(values.n) ?? 0) + 1);
  }
  return counts;
}
