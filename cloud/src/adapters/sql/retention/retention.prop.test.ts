import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '@selvedge/kernel';
import { encodeReading, type Reading } from '@selvedge/protocol';
import { openStore } from '../../../../test/open-store.ts';
import { aNamed, aReading, type ShippedJournal, shippedJournal, shipTime } from '../../../../test/shipped-journal.ts';
import type { ShippedBatch, StoreAudit } from '../../../ports.ts';

const minute = 60_000;

/** Batches of two nodes, a minute apart; some readings are heard twice, also through the other node. */
function story(seed: number): readonly ShippedBatch[] {
  const random = seeded(seed);
  const upTo = (max: number): number => Math.floor(random.next() * max);
  const journals: readonly ShippedJournal[] = [
    shippedJournal('edge-1', 'aaaaaaaaaaaa'),
    shippedJournal('edge-2', 'bbbbbbbbbbbb'),
  ];
  const next = [0, 0, 0];
  return Array.from({ length: 40 }, (_, step) => {
    const journal = journals[upTo(2)]!;
    if (random.next() < 0.1) {
      const row = { source: 'd-0', received: 3, refused: 1, duplicates: 0, quarantined: 0, journaled: 2 };
      return journal.record('ledger', { from: 0, to: 1, rows: [row] });
    }
    const readings = Array.from({ length: 1 + upTo(80) }, (): Reading => {
      const number = upTo(3);
      if (random.next() < 0.05) return aReading({ device: `d-${number}`, takenAt: shipTime + step * minute });
      const isAgain = random.next() < 0.1;
      const seq = isAgain ? upTo(next[number]! + 1) : next[number]!++;
      return aNamed(seq, { device: `d-${number}`, boot: 1 });
    });
    return journal.batch(
      readings.map((one) => encodeReading(one)),
      { at: shipTime + step * minute },
    );
  });
}

const whole = ({ records, readings, duplicates, lost, doubled, altered, broken, headHash, rows }: StoreAudit) => ({
  ...{ records, readings, duplicates, lost, doubled, altered, broken, headHash },
  ledger: rows.filter(({ received }) => received > 0).map(({ stored: _, ...row }) => row),
});

test('retention: wherever log and telemetry are pruned, what audits find in between stays the same [CLD-33, CLD-35]', async (t) => {
  let [logTurns, telemetryTurns, logFirst, telemetryFirst] = [0, 0, 0, 0];
  for (let seed = 1; seed <= 3; seed++) {
    const random = seeded(seed + 500);
    const [kept, bound] = [
      await openStore(t, { path: ':memory:', worker: false }),
      await openStore(t, { path: ':memory:', worker: false }),
    ];
    for (const batch of story(seed)) {
      await kept.ship(batch);
      await bound.ship(batch);
      if (random.next() > 0.4) continue;
      const kind = random.next() < 0.5 ? 'log' : 'telemetry';
      const { rows } = await bound.store.retention.prune({
        kind,
        why: 'age',
        before: shipTime + random.next() * 40 * minute,
        at: shipTime,
      });
      if (kind === 'log' && rows > 0) logTurns += 1;
      if (kind === 'telemetry' && rows > 0) telemetryTurns += 1;
      for (const { node, epoch } of await kept.store.auditor.journals()) {
        const [one, other] = [
          await kept.store.auditor.store(node, epoch),
          await bound.store.auditor.store(node, epoch),
        ];
        const why = `replay with seed ${seed}, offset ${batch.firstOffset}`;
        assert.deepEqual(whole(other), whole(one), why);
        assert.equal(other.stored + other.pruned.readings, one.stored, why);
        if (other.pruned.logTo > other.pruned.telemetryTo) logFirst += 1;
        if (other.pruned.logTo < other.pruned.telemetryTo) telemetryFirst += 1;
      }
    }
    await bound.store.stop();
  }
  assert.ok(logTurns > 5 && telemetryTurns > 3, `${logTurns} and ${telemetryTurns} turns`);
  assert.ok(logFirst > 10 && telemetryFirst > 5, `${logFirst} and ${telemetryFirst} audits`);
});
