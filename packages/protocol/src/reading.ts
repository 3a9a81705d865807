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
} as const;

/** What a reading may be at most; a door quarantines what exceeds it. */
export const readingLimits = {
  deviceLength: 128,
  valueCount: 64,
  nameLength: 64,
  textLength: 1_024,
} as const;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what an id must not hold
const deviceId = /^[^\u0000-\u001f\u007f/+#$][^\u0000-\u001f\u007f/+#]*$/u;

/** A device id is one topic level: 1 to 128 UTF-16 units, no `/ + #` or control characters, and no leading `$`. */
export const isDeviceId = (text: string): boolean => text.length <= readingLimits.deviceLength && deviceId.test(text);
