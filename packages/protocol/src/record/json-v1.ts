import { Buffer } from 'node:buffer';
import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import type { Alert } from '../alert.ts';
import type { Command, CommandChange } from '../command.ts';
import type { ConfigurationChange } from '../configuration/change.ts';
import type { Fold, Gap, LedgerRows } from '../ledger.ts';
import type { Quarantined } from '../quarantine.ts';
import type { Statistics } from '../statistics.ts';
import type { Status } from '../status.ts';
import type { TimeCorrection } from '../time-correction.ts';
import type { TwinRecord } from '../twin/record.ts';
import { type RecordKind, type RecordKindName, recordKind } from './kind.ts';

/** What each kind of record but the reading holds. */
export interface RecordBodies {
  readonly alert: Alert;
  readonly command: Command;
  readonly commandState: CommandChange;
  readonly status: Status;
  readonly statistics: Statistics;
  readonly quarantine: Quarantined;
  readonly ledger: LedgerRows;
  readonly gap: Gap;
  readonly fold: Fold;
  readonly twin: TwinRecord;
  readonly configuration: ConfigurationChange;
  readonly time: TimeCorrection;
}

export type JsonRecord = {
  [Kind in keyof RecordBodies]: { readonly kind: Kind; readonly body: RecordBodies[Kind] };
}[keyof RecordBodies];

/**
 * All records but readings, version 1: rare, so they are text.
 *
 *   record = kind:u8(2…) version:u8(=1) json:utf8
 */
export function encodeRecord<Kind extends keyof RecordBodies>(kind: Kind, body: RecordBodies[Kind]): Buffer {
  return Buffer.concat([Uint8Array.of(recordKind[kind], 1), Buffer.from(JSON.stringify(body), 'utf8')]);
}

const kindNames = new Map<number, RecordKindName>(
  Object.entries(recordKind).map(([name, kind]: [string, RecordKind]) => [kind, name as RecordKindName]),
);

/** Reads a record that this program wrote; the shape inside is its own, so only the frame is checked. */
export function decodeRecord(bytes: Buffer, start = 0, end = bytes.length): Decoded<JsonRecord> {
  const kind = kindNames.get(bytes[start] ?? 0);
  if (kind === undefined || kind === 'reading') return undecodable(`kind ${bytes[start]} is not a text record`);
  if (bytes[start + 1] !== 1) return undecodable(`version ${bytes[start + 1]} is unknown`);
  try {
    const body: unknown = JSON.parse(bytes.toString('utf8', start + 2, end));
    if (typeof body !== 'object' || body === null) return undecodable(`the body of a ${kind} record is not an object`);
    return decoded({ kind, body } as JsonRecord);
  } catch {
    return undecodable(`a ${kind} record of ${end - start} bytes is not JSON`);
  }
}
