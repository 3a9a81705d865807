import type { Decoded } from './decoded.ts';

declare const unit: unique symbol;

/** A length of time, kept in milliseconds. Build one with `seconds(5)`; never pass a bare number. */
export type Duration = number & { readonly [unit]: 'ms' };

export const millis = (n: number): Duration => n as Duration;
export const seconds = (n: number): Duration => millis(n * 1_000);
export const minutes = (n: number): Duration => seconds(n * 60);
export const hours = (n: number): Duration => minutes(n * 60);
export const days = (n: number): Duration => hours(n * 24);

const units: Readonly<Record<string, (n: number) => Duration>> = {
  ms: millis,
  s: seconds,
  m: minutes,
  h: hours,
  d: days,
};

/**
 * Reads `250ms`, `30s`, `5m`, `24h`, `7d`, to the nanosecond; a bare number is refused because its unit is a guess,
 * and a length that milliseconds cannot count exactly (285 thousand years) because it is a mistake.
 */
export function parseDuration(text: string): Decoded<Duration> {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  const build = units[match?.[2] ?? ''];
  if (!match || !build) return { ok: false, why: `"${text}" is not a duration such as 250ms, 30s, 5m, 24h or 7d` };
  const length = build(Number(match[1]));
  if (length > Number.MAX_SAFE_INTEGER) return { ok: false, why: `"${text}" is longer than any duration can be` };
  return { ok: true, value: Number.isInteger(length) ? length : millis(Math.round(length * 1e6) / 1e6) };
}

/** The exact text that `parseDuration` reads back, in the largest unit that divides it. */
export function formatDuration(duration: Duration): string {
  for (const name of ['d', 'h', 'm', 's']) {
    const one = units[name]!(1);
    if (duration >= one && duration % one === 0) return `${duration / one}${name}`;
  }
  return `${duration}ms`;
}
