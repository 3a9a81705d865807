import { type Decoded, decoded, undecodable } from '@selvedge/kernel';

/** Below this a bare number counts seconds, from it on milliseconds: as seconds it is the year 5138, as milliseconds 1973. */
const secondsBelow = 1e11;

/** Milliseconds: the last moment that a JavaScript `Date` can say, in the year 275760. */
export const timeMax = 8.64e15;

const iso8601 = /^\d{4}-(\d{2})-(\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})$/;

/**
 * Reads a payload's time: seconds or milliseconds since the Unix epoch, or ISO 8601 with a zone. Gives whole
 * milliseconds, never negative: no device has measured anything before 1970.
 */
export function decodeTime(raw: unknown): Decoded<number> {
  const time = typeof raw === 'number' ? fromNumber(raw) : typeof raw === 'string' ? fromText(raw) : Number.NaN;
  if (time >= 0 && time <= timeMax) return decoded(time + 0);
  const shown = typeof raw === 'number' ? String(raw) : String(JSON.stringify(raw)).slice(0, 40);
  return undecodable(`${shown} is neither seconds, milliseconds nor ISO 8601 with a zone, from 1970 on`);
}

const fromNumber = (raw: number): number => Math.round(raw < secondsBelow ? raw * 1_000 : raw);

function fromText(raw: string): number {
  const match = iso8601.exec(raw);
  if (!match || Number(match[2]) > daysInMonth(Number(raw.slice(0, 4)), Number(match[1]))) return Number.NaN;
  return Date.parse(raw);
}

/** `Date.parse` takes 30 February for 1 March; a reading's time is never corrected. */
const daysInMonth = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();
