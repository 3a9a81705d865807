import { median, start } from '../process.ts';
import { ask } from './ask.ts';
import type { Disturbance } from './disturber.ts';
import type { PairsOrder, PairsResult } from './pairs.ts';
import { type SideName, sides } from './sides.ts';

const disturbances: readonly Disturbance[] = ['frozen', 'flooding', 'half_open', 'silent'];
/** Messages per second of all pairs together; 0: as fast as it goes. */
const paces = { paced: 2_000, full: 0 } as const;
const rounds = 3;
const pairs = 20;
const calm = { settleSeconds: 0.5, seconds: 2 };
/** Long enough that what nobody reads has filled the buffers of the system and of the broker. */
const disturbed = { settleSeconds: 2, seconds: 2 };

interface Seen {
  readonly before: PairsResult;
  readonly during: PairsResult;
}

/**
 * 20 publishers with a subscriber each, undisturbed and then beside a bad neighbour they have nothing to do with: the
 * deliveries that are left of the undisturbed ones, and the milliseconds that 99 of 100 take at most.
 */
export async function isolation(): Promise<Record<string, number>> {
  const seen = new Map<string, Seen[]>();
  for (let round = 0; round < rounds; round++) {
    for (const name of Object.keys(sides) as SideName[]) await measureSide(name, seen);
  }
  const figures: Record<string, number> = {};
  for (const [name, all] of seen) {
    figures[`${name}_ratio`] = median(all.map(({ before, during }) => during.perSecond / before.perSecond));
    figures[`${name}_per_s`] = median(all.map(({ during }) => during.perSecond));
    figures[`${name}_p99_ms`] = median(all.map(({ during }) => during.p99Ms));
    figures[`${name}_undisturbed_p99_ms`] = median(all.map(({ before }) => before.p99Ms));
  }
  return figures;
}

async function measureSide(name: SideName, seen: Map<string, Seen[]>): Promise<void> {
  const side = await sides[name]();
  const order: PairsOrder = { port: side.port, pairs };
  const load = await start('./broker/pairs.ts', [JSON.stringify(order)]);
  try {
    for (const disturbance of disturbances) {
      for (const [pace, rate] of Object.entries(paces)) {
        const before = await ask<PairsResult>(load, { rate, ...calm });
        const neighbour = await start('./broker/disturber.ts', [disturbance, String(side.port)]);
        const during = await ask<PairsResult>(load, { rate, ...disturbed }).finally(neighbour.kill);
        const key = `${disturbance}_${pace}_${name}`;
        seen.set(key, [...(seen.get(key) ?? []), { before, during }]);
      }
    }
  } finally {
    await load.kill();
    await side.stop();
  }
}
