import { Buffer } from 'node:buffer';
import type { Journal } from '@selvedge/journal';
import { classOf, type Reading, readReading } from '@selvedge/protocol';

/** Every reading that is still in a journal, in its order. */
export async function* readingsIn(journal: Journal): AsyncIterable<Reading> {
  for await (const batch of journal.read(0, { classes: [classOf('reading')] })) {
    if (!batch.body) continue;
    const body = Buffer.from(batch.body.buffer, batch.body.byteOffset, batch.body.byteLength);
    for (let at = 0; at < body.length; ) {
      const end = at + 4 + body.readUInt32LE(at);
      const record = readReading(body, at + 4, end);
      if (!record.ok) throw new Error(`a record of the journal is no reading: ${record.why}`);
      yield record.value;
      at = end;
    }
  }
}
