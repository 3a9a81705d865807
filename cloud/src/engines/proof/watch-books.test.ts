import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '@selvedge/kernel';
import type { Alert, Imbalance } from '@selvedge/protocol';
import { world as simulate } from '@selvedge/testkit';
import { cloudMetrics } from '../../metrics.ts';
import type { AlertView, BooksLook } from '../../ports.ts';
import type { Audit } from './run-audit.ts';
import { booksWatch } from './watch-books.ts';

const minute = 60_000;
const wrong: Imbalance = {
  source: 'pump-7',
  from: 0,
  to: minute,
  offsets: { from: 0, to: 9 },
  why: 'journaled 9, but raw 8 + folded 0 + withheld 0',
};
const nothing: BooksLook = { judged: 0, judgedTo: 9, imbalances: [], open: [], more: false };
const sound = { balanced: true, nodes: [], at: 0 } as unknown as Audit;

/** A watch over scripted books. `says` is what the next look at offset 0 finds. */
function watching(seed: number) {
  const world = simulate(seed);
  const { clock } = world.machine('cloud').boot();
  const script = { says: [] as readonly Imbalance[], audit: sound, looks: [] as number[] };
  const open = new Map<string, Alert>();
  const seen = new Set<string>();
  const store = {
    auditor: {
      journals: async () => [{ node: 'edge-1', epoch: '0123456789ab' }],
      store: async () => assert.fail('not asked'),
      books: async (_node: string, _epoch: string, { from }: { from: number }): Promise<BooksLook> => {
        script.looks.push(from);
        return from === 0 ? { ...nothing, judged: 1, imbalances: script.says } : nothing;
      },
    },
    alerts: {
      async raise(alert: Alert) {
        if (!seen.has(alert.id)) open.set(alert.id, alert);
        seen.add(alert.id);
      },
      list: async ({ state }: { state?: string }) =>
        state === 'active' ? ([...open.values()] as unknown as AlertView[]) : [],
      async clear(id: string) {
        open.delete(id);
        return undefined;
      },
    },
    registry: { nodes: async () => [] },
  };
  const watch = booksWatch({
    clock,
    log: silentLog,
    metrics: cloudMetrics(),
    store: store as never,
    audit: async () => script.audit,
  });
  let now = 0;
  const run = async (milliseconds: number): Promise<void> => world.run((now += milliseconds));
  return { watch, script, open, run };
}

test('ledger: an imbalance raises one critical alert that names source and interval, until it balances again [LED-11]', async () => {
  const { watch, script, open, run } = watching(1);
  script.says = [wrong];
  await watch.start(new AbortController().signal);
  await run(10 * minute + 1_000);
  const [alert, ...others] = [...open.values()];
  assert.equal(others.length, 0);
  assert.deepEqual([alert!.device, alert!.severity, alert!.rule], ['pump-7', 'critical', 'ledger']);
  assert.match(alert!.message, /of pump-7 from 1970-01-01T00:00:00\.000Z to 1970-01-01T00:01:00\.000Z .* journaled 9/);
  script.says = [];
  await run(2 * minute);
  assert.equal(open.size, 0);
  await watch.stop();
});

test('ledger: what was judged is not read again, but for what was found wrong [LED-11]', async () => {
  const { watch, script, run } = watching(2);
  await watch.start(new AbortController().signal);
  await run(5 * minute + 1_000);
  assert.deepEqual(script.looks.slice(0, 4), [0, 9, 9, 9]);
  await watch.stop();
});

test('ledger: now and then both sides recompute everything, and what they find is an alert of the node [LED-12]', async () => {
  const { watch, script, open, run } = watching(3);
  const findings = [{ code: 'READINGS_LOST', message: '2 readings in the log and not in telemetry' }];
  script.audit = { balanced: false, at: 7, nodes: [{ node: 'edge-1', epoch: 'e', findings }] } as unknown as Audit;
  await watch.start(new AbortController().signal);
  await run(6 * 60 * minute + minute);
  assert.deepEqual(
    [...open.values()].map(({ device, rule, message }) => [device, rule, message]),
    [['edge-1', 'audit', '2 readings in the log and not in telemetry']],
  );
  script.audit = sound;
  await run(6 * 60 * minute);
  assert.equal(open.size, 0);
  await watch.stop();
});
