import type { Value } from '@selvedge/protocol';

/** How long ago a time was, in the largest unit that says enough: `4 s ago`, `3 min ago`, `2 d ago`. */
export function sayAgo(at: number, now: number): string {
  const seconds = Math.max(0, (now - at) / 1_000);
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** A wall time in UTC to the second, or a dash. */
export const sayTime = (at: number | null): string =>
  at === null ? '-' : new Date(at).toISOString().replace('T', ' ').slice(0, 19);

export function sayBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const scaled = bytes / 2 ** (10 * power);
  return `${power === 0 ? scaled : scaled.toFixed(1)} ${units[power]}`;
}

/** `temperature 91.5, humidity 40`, shortened to four values. */
export function sayValues(values: Readonly<Record<string, Value>>): string {
  const entries = Object.entries(values);
  const shown = entries.slice(0, 4).map(([name, value]) => `${name} ${sayValue(value)}`);
  return shown.join(', ') + (entries.length > shown.length ? ' …' : '');
}

const sayValue = (value: Value): string =>
  typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(6))) : String(value);
