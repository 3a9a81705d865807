import { Buffer } from 'node:buffer';
import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { isValueName, readingLimits, type Value } from '@selvedge/protocol';

export interface NamedReading {
  readonly boot: number;
  readonly seq: number;
  /** Milliseconds since the Unix epoch. */
  readonly takenAt: number;
  readonly values: Readonly<Record<string, Value>>;
}

/** What is published on `sensors/<id>/data`: `{"$boot":b,"$seq":n,"timestamp":ms,…values}`. */
export function encodeNamedReading(reading: NamedReading): Buffer {
  const { boot, seq, takenAt, values } = reading;
  return Buffer.from(JSON.stringify({ $boot: boot, $seq: seq, timestamp: takenAt, ...values }), 'utf8');
}

/** Milliseconds since the Unix epoch below which the edge's door would read a time as seconds. */
const takenAtMin = 1e11;

/** Whether the edge's door would take it; so that a mistake is found where it is made. */
export function checkReading(values: Readonly<Record<string, Value>>, takenAt: number): Decoded<undefined> {
  if (!Number.isFinite(takenAt) || takenAt < takenAtMin)
    return undecodable(`takenAt ${takenAt} is not in milliseconds since the Unix epoch`);
  const entries = Object.entries(values);
  if (entries.length === 0) return undecodable('a reading needs at least one value');
  if (entries.length > readingLimits.valueCount)
    return undecodable(`${entries.length} values are given, ${readingLimits.valueCount} are allowed`);
  for (const [name, value] of entries) {
    const why = checkName(name) ?? checkValue(value);
    if (why !== undefined) return undecodable(`${name === '' ? 'the empty name' : name}: ${why}`);
  }
  return decoded(undefined);
}

function checkName(name: string): string | undefined {
  if (!isValueName(name))
    return `a name has 1 to ${readingLimits.nameLength} characters, none of them a control character`;
  return name === 'timestamp' || name.startsWith('$') ? 'this name is reserved' : undefined;
}

function checkValue(value: unknown): string | undefined {
  if (typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${value} is not finite`;
  if (typeof value !== 'string') return `a ${value === null ? 'null' : typeof value} is not a value`;
  if (value.length > readingLimits.textLength)
    return `the text has ${value.length} characters, ${readingLimits.textLength} are allowed`;
  return value.isWellFormed() ? undefined : 'the text is not well-formed Unicode';
}
