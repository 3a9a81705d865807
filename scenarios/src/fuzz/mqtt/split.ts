/** A stream of packets as long as their lengths are true; what follows the first lie is one. */
export function splitPackets(stream: Buffer): readonly Buffer[] {
  const packets: Buffer[] = [];
  let at = 0;
  while (at < stream.length) {
    let [size, factor, end] = [0, 1, at + 1];
    for (let byte = 128; byte >= 128 && end < stream.length; factor *= 128) {
      byte = stream[end++]!;
      size += (byte % 128) * factor;
    }
    packets.push(stream.subarray(at, end + size));
    at = end + size;
  }
  return packets;
}
