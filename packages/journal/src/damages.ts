import type { Log } from '@selvedge/kernel';
import type { Damage } from './journal.ts';
import type { JournalMetrics } from './metrics.ts';

/** What was found damaged, each place once however often it is met. */
export interface Damages {
  readonly all: readonly Damage[];
  note(damage: Damage): void;
}

const damagesMax = 1_000;

export function damages(world: { log: Log; metrics: JournalMetrics }): Damages {
  const all: Damage[] = [];
  const known = new Set<string>();
  return {
    all,
    note(damage) {
      const place = `${damage.from}-${damage.to}`;
      if (known.has(place) || all.length >= damagesMax) return;
      known.add(place);
      all.push(damage);
      world.metrics.damaged.add(1);
      world.log.error('journal.damage_found', { ...damage });
    },
  };
}
