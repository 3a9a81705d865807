import { utf8 } from '../../../engines/telemetry/reading-row.ts';
import { rowFingerprints } from './fingerprint.ts';
import { addToSeal, type Policy } from './policy.ts';
import type { ReadingsAudit } from './readings-audit.ts';
import { storedReadings } from './stored-readings.ts';

/** Holds the readings whose batches have gone from the log against what was noted of them when these went. */
export async function compareSealed(audit: ReadingsAudit, policy: Policy): Promise<void> {
  const { db, chunks, journal, counts, places, pause } = audit;
  const fingerprint = rowFingerprints();
  const found = { rows: 0, sum: 0 };
  for await (const page of storedReadings(db, chunks, { journal, from: 0, to: policy.log_to })) {
    for (const { device, number, offset, rows, wrong } of page) {
      const sealed = rows.filter((row) => row.offset < policy.log_to);
      if (wrong !== undefined && offset < policy.log_to) places.add(offset, wrong);
      const deviceUtf8 = utf8(device ?? '');
      for (const row of sealed) addToSeal(found, fingerprint(row, deviceUtf8));
      if (device !== undefined && sealed.length > 0) audit.ledger.stored(device, sealed.length);
      for (const row of audit.names.claim(number, sealed)) {
        counts.doubled += 1;
        places.add(row.offset, `the reading of ${device} has the name of another: boot ${row.boot}, seq ${row.seq}`);
      }
    }
    await pause();
  }
  counts.stored += found.rows;
  if (found.rows === policy.sealed_rows && found.sum === policy.sealed_sum) return;
  const what = `telemetry has ${found.rows} readings whose batches went from the log`;
  places.add(
    policy.log_to - 1,
    found.rows === policy.sealed_rows
      ? `${what}, and they are other than they were then`
      : `${what}, ${policy.sealed_rows} were noted then`,
  );
}
