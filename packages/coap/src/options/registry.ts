export type OptionFormat = 'empty' | 'opaque' | 'uint' | 'string';

export interface OptionRow {
  readonly number: number;
  readonly format: OptionFormat;
  readonly repeatable: boolean;
  /** Bytes. */
  readonly min: number;
  readonly max: number;
}

const row = (number: number, format: OptionFormat, min: number, max: number, repeat?: 'repeatable'): OptionRow => ({
  number,
  format,
  min,
  max,
  repeatable: repeat === 'repeatable',
});

/** Every option this library gives a meaning to, with the limits of its RFC. */
export const registry = {
  ifMatch: row(1, 'opaque', 0, 8, 'repeatable'),
  uriHost: row(3, 'string', 1, 255),
  etag: row(4, 'opaque', 1, 8, 'repeatable'),
  ifNoneMatch: row(5, 'empty', 0, 0),
  observe: row(6, 'uint', 0, 3),
  uriPort: row(7, 'uint', 0, 2),
  locationPath: row(8, 'string', 0, 255, 'repeatable'),
  oscore: row(9, 'opaque', 0, 255),
  uriPath: row(11, 'string', 0, 255, 'repeatable'),
  contentFormat: row(12, 'uint', 0, 2),
  maxAge: row(14, 'uint', 0, 4),
  uriQuery: row(15, 'string', 0, 255, 'repeatable'),
  hopLimit: row(16, 'uint', 1, 1),
  accept: row(17, 'uint', 0, 2),
  locationQuery: row(20, 'string', 0, 255, 'repeatable'),
  block2: row(23, 'uint', 0, 3),
  block1: row(27, 'uint', 0, 3),
  size2: row(28, 'uint', 0, 4),
  proxyUri: row(35, 'string', 1, 1034),
  proxyScheme: row(39, 'string', 1, 255),
  size1: row(60, 'uint', 0, 4),
  echo: row(252, 'opaque', 1, 40),
  noResponse: row(258, 'uint', 0, 1),
  requestTag: row(292, 'opaque', 0, 8, 'repeatable'),
} as const satisfies Readonly<Record<string, OptionRow>>;

export type OptionName = keyof typeof registry;

const byNumber: ReadonlyMap<number, OptionRow> = new Map(Object.values(registry).map((one) => [one.number, one]));

/** undefined for an option that this library does not know. */
export const optionRow = (number: number): OptionRow | undefined => byNumber.get(number);

/** Whoever does not understand a critical option must not act on the message (RFC 7252 §5.4.6). */
export const isCritical = (number: number): boolean => (number & 1) === 1;

/** A proxy that does not understand it must not forward the message. */
export const isUnsafe = (number: number): boolean => (number & 2) === 2;

/** Whether the option is no part of the cache key (RFC 7252 §5.4.2). */
export const isNoCacheKey = (number: number): boolean => (number & 0x1e) === 0x1c;
