import { type Decoded, decoded, undecodable } from '@selvedge/kernel';

/** Below this a bare number counts seconds, from it on milliseconds: as seconds it is the year 5138, as milliseconds 1973. */
const secondsBelow = 1e11;

/** Reads a payload's time: seconds or milliseconds since the Unix epoch, or ISO 8601 with a zone. Gives milliseconds. */
export function decodeTime(raw: unknown): Decoded<number> {
  if (typeof raw === 'number') {
    if (!Number.isFinite(raw) || raw < 0) return undecodable(`${raw} is not a time`);
    return decoded(raw < secondsBelow ? Math.round(raw * 1_000) : raw);
  }
  if (typeof raw === 'string' && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/.test(raw)) {
    const time = Date.parse(raw);
    if (!Number.isNaN(time)) return decoded(time);
  }
  return undecodable(
    `${JSON.stringify(raw ?? null).slice(0, 40)} is neither seconds, milliseconds nor ISO 8601 with a zone`,
  );
}
