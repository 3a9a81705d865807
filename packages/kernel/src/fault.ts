/** Whether trying the same thing again can help: at once, after a wait, or not without a change. */
export type Retry = 'now' | 'later' | 'never';

export interface FaultRow {
  /** One line: what the reader should do. */
  readonly hint: string;
  readonly retry: Retry;
}

export type FaultTable = Readonly<Record<string, FaultRow>>;

/** A failure somebody can act on. Recognise it by `code`, never by its text. */
export class Fault extends Error {
  readonly code: string;
  readonly hint: string;
  readonly retry: Retry;
  /** The numbers that explain the message; safe to log and to print. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: string, row: FaultRow, message: string, facts: Readonly<Record<string, unknown>>, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'Fault';
    this.code = code;
    this.hint = row.hint;
    this.retry = row.retry;
    this.facts = facts;
  }
}

export interface Faults<Code extends string> {
  (code: Code, message: string, facts?: Readonly<Record<string, unknown>>, cause?: unknown): Fault;
  readonly table: Readonly<Record<Code, FaultRow>>;
}

/** Turns a table of `code → hint, retry` into the function that builds those faults. Codes are upper case, part first. */
export function defineFaults<const Table extends FaultTable>(table: Table): Faults<keyof Table & string> {
  const build = (
    code: keyof Table & string,
    message: string,
    facts: Readonly<Record<string, unknown>> = {},
    cause?: unknown,
  ): Fault => new Fault(code, table[code]!, message, facts, cause);
  return Object.assign(build, { table });
}

/** True for a fault of that code, whichever package built it. */
export function isFault(cause: unknown, code?: string): cause is Fault {
  return cause instanceof Fault && (code === undefined || cause.code === code);
}
