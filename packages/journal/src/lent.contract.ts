import { days, type LogFields, logTo, seededEntropy } from '@selvedge/kernel';
import { type HandClock, handClock } from '../../../testkit/src/disk/hand-clock.ts';
import type { Disk } from './disk.ts';
import type { Batch, Journal, JournalOptions } from './journal.ts';
import { type JournalMetrics, journalMetrics } from './metrics.ts';
import { journal } from './open-journal.ts';

/** A started journal with the world it was lent, for tests. */
export interface Lent {
  readonly journal: Journal;
  readonly clock: HandClock;
  readonly metrics: JournalMetrics;
  /** Events that were logged, in order. */
  readonly logged: { readonly event: string; readonly fields: LogFields }[];
}

export const twoClasses: JournalOptions = {
  dir: '/data/journal',
  classes: [
    { name: 'urgent', bytesMax: 1_000_000, ageMax: days(7) },
    { name: 'bulk', bytesMax: 1_000_000, ageMax: days(3) },
  ],
  sizeMax: 1_000_000,
  segmentSize: 8_192,
  keep: days(1),
  recordMax: 4_096,
  pendingMax: 200_000,
};

let seeds = 0;

export async function start(
  disk: Disk,
  options: Partial<JournalOptions> = {},
  clock: HandClock = handClock(),
): Promise<Lent> {
  const logged: Lent['logged'] = [];
  const log = logTo((_, event, fields) => void logged.push({ event, fields }), 'debug');
  const metrics = journalMetrics();
  seeds += 1;
  const one = journal({ ...twoClasses, ...options }, { clock, disk, entropy: seededEntropy(seeds), log, metrics });
  await one.start(new AbortController().signal);
  return { journal: one, clock, metrics, logged };
}

export const record = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Appends each text as one record and waits for the commit. */
export async function put(one: Journal, klass: number, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) one.append(klass, record(text));
  await one.commit();
}

export async function batchesOf(one: Journal, from = 0, classes?: readonly number[]): Promise<Batch[]> {
  const found: Batch[] = [];
  for await (const batch of one.read(from, classes ? { classes } : {})) found.push(batch);
  return found;
}

/** `offset:text` of every record that can be read. */
export async function recordsOf(one: Journal, from = 0, classes?: readonly number[]): Promise<string[]> {
  return (await batchesOf(one, from, classes)).flatMap((batch) =>
    textsOf(batch).map((text, index) => `${batch.firstOffset + index}:${text}`),
  );
}

export function textsOf({ body }: Batch): string[] {
  const texts: string[] = [];
  if (!body) return texts;
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  for (let at = 0; at < body.length; ) {
    const length = view.getUint32(at, true);
    texts.push(new TextDecoder().decode(body.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return texts;
}

/** What `verify` complains of. */
export async function complaints(one: Journal): Promise<string[]> {
  const found: string[] = [];
  for await (const { offset, why } of one.verify()) if (why !== undefined) found.push(`${offset}: ${why}`);
  return found;
}
