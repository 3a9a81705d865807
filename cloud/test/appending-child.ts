/**
 * A process that appends batches to a store until it is killed, and writes the offset behind each one that was
 * acknowledged, one a line.
 */
import { writeSync } from 'node:fs';
import { seededEntropy, silentLog } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';
import { sqliteStore } from '../src/adapters/sql/store.ts';
import { intake } from '../src/engines/ingest/intake.ts';
import { aNamed, shippedJournal } from './shipped-journal.ts';

const [path, worker] = process.argv.slice(2);
const world = { clock: systemClock, log: silentLog, entropy: seededEntropy(1), feed: { publish: () => undefined } };
const store = sqliteStore({ path: path!, worker: worker === 'worker' }, world);
await store.start(new AbortController().signal);
const { take } = intake({ log: store.log });
const journal = shippedJournal();
for (let batch = 0; ; batch++) {
  // The same journal as in the life before: what is held already is only acknowledged again.
  const shipped = journal.readings(...Array.from({ length: 20 }, (_, i) => aNamed(batch * 20 + i)));
  await take(shipped);
  writeSync(1, `${shipped.firstOffset + shipped.count}\n`);
}
