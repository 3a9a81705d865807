import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '@selvedge/kernel';
import type { Reading } from '@selvedge/protocol';
import { type OpenStore, openStore, scratchPath } from '../../../test/open-store.ts';
import { aNamed, aReading, type ShippedJournal, shippedJournal, shipTime } from '../../../test/shipped-journal.ts';
import { type Tamper, tamper } from '../../../test/tamper.ts';
import type { ShippedBatch } from '../../ports.ts';

/** Tables whose next change fails, each in another place of a step. */
const failing = ['device', 'name', 'tail', 'chunk', 'alert', 'consumer', 'log', 'held'];
const stop = (table: string) => (hand: Tamper) => {
  for (const event of ['insert', 'update', 'delete'])
    hand.run(`create trigger stop_${event} before ${event} on ${table} begin select raise(abort, 'stopped'); end`);
};
const goOn = (hand: Tamper): void => {
  for (const event of ['insert', 'update', 'delete']) hand.run(`drop trigger if exists stop_${event}`);
};

/** Two nodes hear the same devices; what one shipped, the other may ship again. */
function story(seed: number): {
  readonly batches: readonly ShippedBatch[];
  readonly expected: ReadonlySet<string>;
  readonly unnamed: number;
  readonly alerts: number;
} {
  const random = seeded(seed);
  const upTo = (max: number): number => Math.floor(random.next() * max);
  const journals: readonly ShippedJournal[] = [
    shippedJournal('edge-1', 'aaaaaaaaaaaa'),
    shippedJournal('edge-2', 'bbbbbbbbbbbb'),
  ];
  const expected = new Set<string>();
  let unnamed = 0;
  let alerts = 0;
  const batches = Array.from({ length: 30 }, (_, step): ShippedBatch => {
    const journal = journals[upTo(2)]!;
    if (random.next() < 0.2) {
      alerts += 1;
      const alert = {
        id: `a-${step}`,
        device: `d-${upTo(3)}`,
        rule: 'hot',
        type: 'threshold',
        severity: 'major',
        metric: 'm',
        value: 1,
      } as const;
      return journal.record('alert', { ...alert, message: 'x', raisedAt: shipTime + step, data: {} });
    }
    const readings = Array.from({ length: 1 + upTo(40) }, (): Reading => {
      const device = `d-${upTo(3)}`;
      if (random.next() < 0.1) {
        unnamed += 1;
        return aReading({ device });
      }
      // One boot numbers densely, so that runs of names meet, the other sparsely, so that chunks fill.
      const boot = upTo(2);
      const seq = upTo(boot === 0 ? 60 : 1_000);
      expected.add(`${device}/${boot}/${seq}`);
      return aNamed(seq, { device, boot });
    });
    return journal.readings(...readings);
  });
  return { batches, expected, unnamed, alerts };
}

async function tell(
  path: string,
  opened: OpenStore,
  seed: number,
  batches: readonly ShippedBatch[],
): Promise<OpenStore> {
  const random = seeded(seed + 1_000);
  const waiting = [...batches];
  let open = opened;
  while (waiting.length > 0) {
    // Lanes ship out of order, and what was not acknowledged is shipped again.
    const at = Math.floor(random.next() * Math.min(4, waiting.length));
    const [batch] = waiting.splice(at, 1);
    if (random.next() < 0.3) waiting.push(batch!);
    const chance = random.next();
    if (chance < 0.35) {
      tamper(path, stop(failing[Math.floor(random.next() * failing.length)]!));
      const sent = open.ship(batch!).catch(() => waiting.push(batch!));
      for (let turns = 0; turns < 4; turns++) await new Promise<void>((resolve) => open.clock.soon(resolve));
      tamper(path, goOn);
      for (let turns = 0; turns < 4; turns++) await new Promise<void>((resolve) => open.clock.soon(resolve));
      open.clock.wake();
      await sent;
    } else if (chance < 0.45) {
      const sent = open.ship(batch!).catch(() => waiting.push(batch!));
      open = await open.reopen();
      await sent;
    } else await open.ship(batch!);
  }
  await open.store.projections.catchUp();
  return open;
}

test('projections: whatever fails, stops or repeats, each record counts once [CLD-1, CLD-7, CLD-8]', async (t) => {
  let failures = 0;
  for (let seed = 1; seed <= 6; seed++) {
    const why = `replay with seed ${seed}`;
    const path = scratchPath(t);
    const { batches, expected, unnamed, alerts } = story(seed);
    const { store, lines } = await tell(path, await openStore(t, { path, worker: false }), seed, batches);
    const stored: Reading[] = [];
    for (const device of ['d-0', 'd-1', 'd-2']) {
      const found = await store.telemetry.readings(device, { from: 0, to: 1e15, limit: 100_000 });
      stored.push(...found);
      assert.equal((await store.registry.device(device))?.readingsTotal ?? 0, found.length, why);
    }
    const named = stored
      .filter((one) => one.boot !== undefined)
      .map(({ device, boot, seq }) => `${device}/${boot}/${seq}`);
    assert.equal(named.length, expected.size, why);
    assert.deepEqual(new Set(named), expected, why);
    assert.equal(stored.length - named.length, unnamed, why);
    const counted = (await store.alerts.list({ limit: 100 })).reduce((sum, alert) => sum + alert.count, 0);
    assert.equal(counted, alerts, why);
    for (const { node, epoch } of await store.auditor.journals()) {
      const { lost, doubled, altered, broken } = await store.auditor.store(node, epoch);
      assert.deepEqual({ lost, doubled, altered, broken }, { lost: 0, doubled: 0, altered: 0, broken: [] }, why);
    }
    await store.stop();
    failures += lines.filter((line) => line === 'projections.failed').length;
  }
  assert.ok(failures > 10, `${failures} steps failed`);
});
