import { createHash } from 'node:crypto';
import type { LogFields, LogLevel } from '@selvedge/kernel';

/** One line that somebody logged or noted. */
export interface HistoryLine {
  /** Milliseconds since the beginning. */
  readonly at: number;
  readonly who: string;
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: LogFields;
}

/** Everything that was logged or noted, in order; its digest tells two histories apart. */
export interface History {
  add(line: HistoryLine): void;
  /** The last lines, oldest first. */
  readonly lines: readonly HistoryLine[];
  /** SHA-256 over all lines so far, in hexadecimal. */
  digest(): string;
}

/** Lines kept for a person to read; all of them count in the digest. */
const keptMax = 5_000;

export function history(): History {
  const hash = createHash('sha256');
  let lines: HistoryLine[] = [];
  return {
    add(line) {
      hash.update(`${line.at} ${line.who} ${line.level} ${line.event} ${JSON.stringify(line.fields, printable)}\n`);
      lines.push(line);
      if (lines.length > 2 * keptMax) lines = lines.slice(-keptMax);
    },
    get lines() {
      return lines.slice(-keptMax);
    },
    digest: () => hash.copy().digest('hex'),
  };
}

function printable(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Error) return value.message;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return value;
}
