import { type Buffer, isUtf8 } from 'node:buffer';
import { type PayloadFailure, unfit } from './payload-failure.ts';

/** Parses JSON whose bytes must be UTF-8; gives the value, or a failure to return as it is. */
export function parseJson(bytes: Buffer, start: number, end: number): { readonly value: unknown } | PayloadFailure {
  const text = bytes.toString('utf8', start, end);
  // Decoding replaces what is not UTF-8 by U+FFFD, so only texts that hold it need the slower look at the bytes.
  if (text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end))) {
    return unfit('payload-not-utf8', `${end - start} bytes that are not UTF-8`);
  }
  try {
    return { value: JSON.parse(text) };
  } catch {
    return unfit('payload-not-json', `${end - start} bytes that are not JSON`);
  }
}
