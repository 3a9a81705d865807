import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openStore, scratchPath } from '../../../test/open-store.ts';

const child = fileURLToPath(new URL('../../../test/appending-child.ts', import.meta.url));

/** Lets a process append until it has been told `least` times that a batch is kept, and kills it a little later. */
async function lastAcknowledged(path: string, form: string, least: number, delay: number): Promise<number> {
  const appending = spawn(process.execPath, [child, path, form], { stdio: ['ignore', 'pipe', 'inherit'] });
  let last = 0;
  let lines = 0;
  const enough = Promise.withResolvers<void>();
  createInterface(appending.stdout).on('line', (line) => {
    last = Number(line);
    lines += 1;
    if (lines >= least) enough.resolve();
  });
  appending.once('exit', () => enough.reject(new Error('the process ended by itself')));
  await enough.promise;
  await wait(delay);
  appending.kill('SIGKILL');
  await once(appending, 'close');
  return last;
}

for (const form of ['worker', 'direct']) {
  test(`store: what append acknowledged is there after kill −9, projected once (${form}) [CLD-1, CLD-7]`, async (t) => {
    const path = scratchPath(t);
    let batches = 0;
    for (let life = 0; life < 10; life++) {
      const last = await lastAcknowledged(path, form, batches + 10, life * 7);
      batches = last / 20;
      const { store } = await openStore(t, { path, worker: false });
      await store.projections.catchUp();
      const [held, ...others] = await store.log.held('edge-1', '0123456789ab');
      assert.ok(
        held?.from === 0 && held.to >= last && others.length === 0,
        `${last} were acknowledged, ${held?.to} are held`,
      );
      const readings = await store.telemetry.readings('pump-7', { from: 0, to: 1e15, limit: 1e6 });
      assert.deepEqual(
        readings.map((one) => one.seq),
        [...Array(held.to).keys()],
      );
      const audit = await store.auditor.store('edge-1', '0123456789ab');
      assert.deepEqual([audit.stored, audit.lost, audit.doubled, audit.altered, audit.broken], [held.to, 0, 0, 0, []]);
      await store.stop();
    }
  });
}
