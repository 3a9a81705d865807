import { type Journal, visitRecords } from '@selvedge/journal';
import { classOf, decodeRecord } from '@selvedge/protocol';
import type { Desk } from './desk.ts';

/** Brings back the commands that were not over, from the journal's own records of them. */
export async function restoreDesk(desk: Pick<Desk, 'restore'>, journal: Journal): Promise<void> {
  const klass = classOf('command');
  const { offset } = journal.cursor('commands', { classes: [klass], holds: false });
  for await (const batch of journal.read(offset, { classes: [klass] })) {
    visitRecords(batch, (body, start, end) => {
      const record = decodeRecord(body, start, end);
      if (record.ok) desk.restore(record.value);
    });
  }
}
