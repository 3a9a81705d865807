import { Buffer } from 'node:buffer';

/** What a device measured: a finite number, a switch, or a short text. */
export type Value = number | boolean | string;

/** The values of one device at one time. */
export interface Reading {
  readonly device: string;
  /** Which start of the device numbered it; with `seq` it names the reading for ever. Both or neither are present. */
  readonly boot?: number;
  readonly seq?: number;
  /** When it was taken, by the device's clock if it said so, in milliseconds since the Unix epoch. */
  readonly takenAt: number;
  /** When the edge received it, by the edge's clock. */
  readonly receivedAt: number;
  /** By name. Their order says nothing: a record lists them as `valueNames` does. */
  readonly values: Readonly<Record<string, Value>>;
  /** `quality` bits, or 0. */
  readonly quality: number;
}

/** Bits of `Reading.quality`. */
export const quality = {
  /** The payload carried no time; `takenAt` is the time of arrival. */
  timeFromEdge: 1,
  /** The edge had not yet learnt the true time since its clock was last in doubt. */
  clockUnsure: 2,
  /** The node asks the cloud to analyse it. */
  analyse: 4,
  /** What the node derived from a reading that has private values: the same without these. */
  redacted: 8,
  /** Kept at the site because a policy folds it: it is counted, and part of an aggregate. */
  folded: 16,
  /** Kept at the site because it is private or because a policy sends nothing: it is counted. */
  withheld: 32,
  /** Withheld for its private values alone: the others travel as a redacted reading. */
  partly: 64,
} as const;

/** Names of the bits of `quality` that are set, for whoever reads them by name. */
export const qualityMarks = (bits: number): readonly string[] =>
  Object.entries(quality).flatMap(([name, bit]) => ((bits & bit) === 0 ? [] : [name]));

/** What a reading may be at most; a door quarantines what exceeds it. */
export const readingLimits = {
  deviceLength: 128,
  valueCount: 64,
  nameLength: 64,
  textLength: 1_024,
} as const;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what an id must not hold
const deviceId = /^[^\p{Surrogate}\u0000-\u001f\u007f/+#$][^\p{Surrogate}\u0000-\u001f\u007f/+#]*$/u;

/** What the length byte of a record can say. */
const deviceBytesMax = 255;

/**
 * A device id is one topic level: 1 to 128 UTF-16 units that are at most 255 bytes of UTF-8, no `/ + #`, control
 * characters or halves of surrogate pairs, and no leading `$`.
 */
export const isDeviceId = (text: string): boolean =>
  text.length <= readingLimits.deviceLength &&
  deviceId.test(text) &&
  (text.length * 3 <= deviceBytesMax || Buffer.byteLength(text, 'utf8') <= deviceBytesMax);

// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const valueName = /^[^\p{Surrogate}\u0000-\u001f\u007f]+$/u;

/** Names that were found good: a node hears the same few again and again, and looking one up is cheaper than a new look. */
const goodNames = new Set<string>();
const goodNamesMax = 1_000;

/**
 * The name of a value is 1 to 64 UTF-16 units without control characters or halves of surrogate pairs; but not
 * `__proto__`, which would vanish from a JavaScript object that somebody builds value by value.
 */
export function isValueName(text: string): boolean {
  if (goodNames.has(text)) return true;
  const isGood = text.length <= readingLimits.nameLength && valueName.test(text) && text !== '__proto__';
  if (isGood && goodNames.size < goodNamesMax) goodNames.add(text);
  return isGood;
}

/**
 * The names of values in the order in which records and drafts hold them: ascending by UTF-16 units, as RFC 8785 sorts.
 * An object of values cannot keep another order, for JavaScript moves names such as `2` to the front.
 */
// biome-ignore lint/suspicious/useArraySortCompare: the order by UTF-16 units is the one wanted
export const valueNames = (values: Reading['values']): string[] => Object.keys(values).sort();
