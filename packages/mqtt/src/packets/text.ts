import { isUtf8 } from 'node:buffer';

/**
 * A UTF-8 encoded string, read strictly: undefined for ill-formed UTF-8, encoded surrogates [MQTT-1.5.4-1] and
 * U+0000 [MQTT-1.5.4-2]. A byte order mark is an ordinary character [MQTT-1.5.4-3].
 */
export function readText(bytes: Buffer, start: number, end: number): string | undefined {
  let wide = false;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === 0) return undefined;
    if (byte >= 0x80) wide = true;
  }
  if (!wide) return bytes.toString('latin1', start, end);
  return isUtf8(bytes.subarray(start, end)) ? bytes.toString('utf8', start, end) : undefined;
}
