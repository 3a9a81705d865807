import { type Decoded, decoded, undecodable } from '@selvedge/kernel';

/** The compressed COSE header that the OSCORE option carries. */
export interface OptionValue {
  /** The sender sequence number without leading zero bytes; 0 is one zero byte. */
  readonly partialIv: Buffer | undefined;
  readonly kidContext: Buffer | undefined;
  readonly kid: Buffer | undefined;
}

/** Sender sequence numbers are below this: the partial IV has five bytes. */
export const sequenceLimit = 2 ** 40;

export const kidContextMax = 255;

const kidFlag = 0x08;
const kidContextFlag = 0x10;
const reservedFlags = 0xe0;

/**
 * RFC 8613 §6.1.
 *
 *   value = "" | flags partial-iv*n [s:u8 kid-context*s] [kid*rest]
 *   flags = 0 0 0 h k n:3      h: a kid context follows · k: a kid follows · n: bytes of the partial IV, 0 to 5
 */
export function encodeOptionValue({ partialIv, kidContext, kid }: OptionValue): Buffer {
  const flags = (partialIv?.length ?? 0) | (kid ? kidFlag : 0) | (kidContext ? kidContextFlag : 0);
  if (flags === 0) return Buffer.alloc(0);
  const parts: Buffer[] = [Buffer.of(flags)];
  if (partialIv) parts.push(partialIv);
  if (kidContext) parts.push(Buffer.of(kidContext.length), kidContext);
  if (kid) parts.push(kid);
  return Buffer.concat(parts);
}

export function decodeOptionValue(value: Buffer): Decoded<OptionValue> {
  if (value.length === 0) return decoded({ partialIv: undefined, kidContext: undefined, kid: undefined });
  const flags = value[0]!;
  const size = flags & 0x07;
  if (flags === 0) return undecodable('the flags are all zero, so the value has to be empty');
  if (flags & reservedFlags) return undecodable('a reserved flag is set');
  if (size > 5) return undecodable(`a partial IV of ${size} bytes is reserved`);
  let at = 1 + size;
  if (at > value.length) return undecodable('the partial IV is cut short');
  const partialIv = size === 0 ? undefined : value.subarray(1, at);
  if (size > 1 && partialIv![0] === 0) return undecodable('the partial IV begins with a zero byte');
  let kidContext: Buffer | undefined;
  if (flags & kidContextFlag) {
    const end = at + 1 + (value[at] ?? value.length);
    if (end > value.length) return undecodable('the kid context is cut short');
    kidContext = value.subarray(at + 1, end);
    at = end;
  }
  if (flags & kidFlag) return decoded({ partialIv, kidContext, kid: value.subarray(at) });
  if (at < value.length) return undecodable(`${value.length - at} bytes follow, and no kid was announced`);
  return decoded({ partialIv, kidContext, kid: undefined });
}

/** A sequence number, below `sequenceLimit`, as a partial IV. */
export function encodePartialIv(sequence: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeUIntBE(sequence, 0, 5);
  const first = bytes.findIndex((byte) => byte !== 0);
  return bytes.subarray(first < 0 ? 4 : first);
}

export const sequenceOf = (partialIv: Buffer): number => partialIv.readUIntBE(0, partialIv.length);
