import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import type { Option } from '../message.ts';
import { first } from './read.ts';
import { decodeUint, encodeUint } from './uint.ts';

/**
 * The value of Block1 and Block2 (RFC 7959 §2.2): `number:u4…u20 more:u1 szx:u3`. The block's size is 2^(szx + 4)
 * bytes; szx 7 is BERT (RFC 8323 §6): blocks of 1024 bytes, several in one message.
 */
export interface Block {
  readonly number: number;
  readonly more: boolean;
  /** 0 … 7. */
  readonly szx: number;
}

export const bert = 7;

export const blockNumberMax = 2 ** 20 - 1;

/** Bytes that one number stands for. */
export const blockSize = (szx: number): number => 2 ** (Math.min(szx, 6) + 4);

/** The largest size of block, as szx, that is not above so many bytes; undefined below 16. */
export function szxWithin(bytes: number): number | undefined {
  if (bytes < 16) return undefined;
  return Math.min(6, Math.floor(Math.log2(bytes)) - 4);
}

export const blockOption = (number: number, { number: index, more, szx }: Block): Option => ({
  number,
  value: encodeUint((index << 4) | (more ? 8 : 0) | szx),
});

/** Refuses szx 7 where the transport has no BERT. */
export function decodeBlock(value: Buffer, allowBert: boolean): Decoded<Block> {
  const bits = decodeUint(value);
  const szx = bits & 7;
  if (szx === bert && !allowBert) return undecodable('block size 7 is reserved on this transport');
  return decoded({ number: bits >> 4, more: (bits & 8) !== 0, szx });
}

/** The block option of that number, if there is one that this transport can have. */
export function blockOf(options: readonly Option[], number: number, allowBert: boolean): Block | undefined {
  const value = first({ options }, number);
  const block = value && decodeBlock(value, allowBert);
  return block?.ok ? block.value : undefined;
}
