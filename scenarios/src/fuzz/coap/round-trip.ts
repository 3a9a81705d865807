import { decodeDatagram, encodeDatagram, encodeFrame, frames } from '@selvedge/coap';
import { Broken } from '../target.ts';

/** Throws `Broken` if a message that a decoder takes has other bytes after it was encoded again: every encoding is the only one. */
export function checkRoundTrip(bytes: Buffer): void {
  const taken = decodeDatagram(bytes);
  if (taken.ok) {
    const { type, id, message } = taken.value;
    if (!encodeDatagram(type, id, message).equals(bytes)) throw changed('a datagram');
  }
  const input = frames(() => 1_000_000);
  let at = 0;
  input.push(bytes, (message) => {
    const again = encodeFrame(message);
    if (!again.equals(bytes.subarray(at, at + again.length))) throw changed('a frame');
    at += again.length;
  });
}

const changed = (what: string): Broken => new Broken('promise', `${what} has other bytes after it was encoded again`);
