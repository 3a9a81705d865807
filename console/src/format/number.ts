import type { Value } from '../api/views.ts';

const grouped = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** A count with its thousands grouped by a narrow space, so that it is no decimal number in any country: `12 345`. */
export function formatCount(count: number): string {
  return grouped.format(count).replaceAll(',', '\u202f');
}

/**
 * A measured value in about four significant digits. Whole numbers stay whole, so that a counter never looks measured,
 * unless `isFraction` says that the metric has had fractions: then its width stays the same.
 */
export function formatNumber(value: number, isFraction = false): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e9 || size < 1e-4)) return value.toExponential(2).replace('-', '\u2212');
  const text = Number.isInteger(value) && !isFraction ? formatCount(value) : fraction(value, size);
  return text.replace('-', '\u2212');
}

export function formatValue(value: Value | undefined, isFraction = false): string {
  if (value === undefined) return '–';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return typeof value === 'number' ? formatNumber(value, isFraction) : value;
}

/** Events a second: one decimal below 100, so that a small fleet's figure does not stand still. */
export function formatRate(perSecond: number): string {
  return perSecond < 99.95 ? perSecond.toFixed(1) : formatCount(Math.round(perSecond));
}

/** Bytes in the largest binary unit that leaves at least 1. */
export function formatBytes(bytes: number): string {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = bytes < 1 ? 0 : Math.min(names.length - 1, Math.floor(Math.log2(bytes) / 10));
  const size = bytes / 1024 ** step;
  return `${step === 0 || size >= 99.95 ? formatCount(Math.round(size)) : size.toFixed(1)} ${names[step]}`;
}

/** `1 device`, `2 devices`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

function fraction(value: number, size: number): string {
  if (size >= 1_000) return formatCount(Math.round(value));
  if (size >= 100) return value.toFixed(1);
  return value.toFixed(size >= 1 ? 2 : size >= 0.01 ? 3 : 5);
}
