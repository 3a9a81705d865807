import type { FaultTable, Retry } from '@selvedge/kernel';

export interface ListedFault {
  readonly code: string;
  /** The part that throws it. */
  readonly part: string;
  readonly retry: Retry;
  readonly hint: string;
}

/** Every part that has faults. Loaded when asked for, because no other verb needs them all. */
const parts: Readonly<Record<string, () => Promise<object>>> = {
  cli: () => import('./faults.ts'),
  cloud: () => import('@selvedge/cloud'),
  device: () => import('@selvedge/device'),
  edge: () => import('@selvedge/edge'),
  journal: () => import('@selvedge/journal'),
  kernel: () => import('@selvedge/kernel'),
  mqtt: () => import('@selvedge/mqtt'),
  stream: () => import('@selvedge/stream'),
  trust: () => import('@selvedge/trust'),
};

/** All faults of all parts, by code. A part exports its tables as `…Faults`. */
export async function faultTable(): Promise<readonly ListedFault[]> {
  const listed = await Promise.all(Object.entries(parts).map(async ([part, load]) => rowsOf(part, await load())));
  return listed.flat().sort((a, b) => (a.code < b.code ? -1 : 1));
}

const rowsOf = (part: string, exported: object): readonly ListedFault[] =>
  Object.entries(exported)
    .filter(([name]) => name.endsWith('Faults'))
    .flatMap(([, faults]) => rows(part, (faults as { table?: FaultTable }).table ?? {}));

const rows = (part: string, table: FaultTable): readonly ListedFault[] =>
  Object.entries(table).map(([code, { retry, hint }]) => ({ code, part, retry, hint }));
