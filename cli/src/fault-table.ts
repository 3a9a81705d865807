import type { FaultTable, Retry } from '@selvedge/kernel';

export interface ListedFault {
  readonly code: string;
  /** The part that throws it. */
  readonly part: string;
  readonly retry: Retry;
  readonly hint: string;
}

/** Every part that has faults; edge and cloud bring those they are built of. */
const parts = ['cloud', 'device', 'edge', 'journal', 'kernel', 'mqtt', 'stream', 'trust'] as const;

/** All faults of all parts, by code. A part exports its tables as `…Faults`. */
export async function faultTable(): Promise<readonly ListedFault[]> {
  const others = await Promise.all(parts.map(async (part) => rowsOf(part, await import(`@selvedge/${part}`))));
  return [...rowsOf('cli', await import('./faults.ts')), ...others.flat()].sort((a, b) => (a.code < b.code ? -1 : 1));
}

const rowsOf = (part: string, exported: object): readonly ListedFault[] =>
  Object.entries(exported)
    .filter(([name]) => name.endsWith('Faults'))
    .flatMap(([, faults]) => rows(part, (faults as { table?: FaultTable }).table ?? {}));

const rows = (part: string, table: FaultTable): readonly ListedFault[] =>
  Object.entries(table).map(([code, { retry, hint }]) => ({ code, part, retry, hint }));
