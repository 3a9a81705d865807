/** What CBOR can say (RFC 8949), as far as it is understood here. Whole numbers beyond 2^53 are bigints, so that none is rounded. */
export type CborValue =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly CborValue[]
  | CborMap
  | CborTag;

/** Keys are texts or whole numbers, and `1` and `"1"` are two of them. */
export type CborMap = ReadonlyMap<string | number, CborValue>;

/** RFC 8949 section 3.4: what a tag means is for the reader to say. */
export interface CborTag {
  readonly tag: number | bigint;
  readonly value: CborValue;
}

export const isCborTag = (value: CborValue): value is CborTag =>
  typeof value === 'object' && value !== null && 'tag' in value;
