import { type Buffer, isUtf8 } from 'node:buffer';

/** The text in `bytes[start, end)`; undefined when it is not UTF-8. */
export function readUtf8(bytes: Buffer, start: number, end: number): string | undefined {
  const text = bytes.toString('utf8', start, end);
  // Decoding replaces what is not UTF-8 by U+FFFD, so only texts that hold it need the slower look at the bytes.
  return text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end)) ? undefined : text;
}
