import type { Buffer } from 'node:buffer';
import { bodyDigest, countRecords } from '@selvedge/journal';
import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { unpack } from '../../../engines/telemetry/zstd.ts';
import type { LoggedRow } from './logged-rows.ts';

/** The plain body of a batch if it is the one that was shipped; undefined for a stub. */
export function checkedBody(row: LoggedRow): Decoded<Buffer | undefined> {
  if (!row.packed) return decoded(undefined);
  let body: Buffer;
  try {
    body = unpack(row.packed, row.bodyLength);
  } catch (cause) {
    return undecodable(`the body cannot be unpacked: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  if (!bodyDigest(body).every((byte, index) => byte === row.bodyDigest[index])) {
    return undecodable('the body has another digest than the batch');
  }
  const count = countRecords(body);
  return count === row.count ? decoded(body) : undecodable(`the body holds ${count} records, not ${row.count}`);
}
