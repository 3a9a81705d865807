/** The 4 or 16 bytes of an IP address in text, or undefined when the text is none. A zone (`%eth0`) is none. */
export function addressBytes(text: string): Uint8Array | undefined {
  return text.includes(':') ? bytesOfV6(text) : bytesOfV4(text);
}

/** Whether `address` lies in the network of `prefix` bits that holds `network`. */
export function isWithin(address: Uint8Array, network: Uint8Array, prefix: number): boolean {
  if (address.length !== network.length) return false;
  const mask = prefixMask(network.length, prefix);
  return mask.every((bits, index) => (address[index]! & bits) === (network[index]! & bits));
}

/** `prefix` one-bits in `length` bytes. */
export const prefixMask = (length: number, prefix: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => 0xff & ~(0xff >> Math.min(8, Math.max(0, prefix - 8 * index))));

function bytesOfV4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255))
    return undefined;
  return Uint8Array.from(parts, Number);
}

function bytesOfV6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = [wordsOf(halves[0]!), wordsOf(halves[1] ?? '')];
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  // RFC 4291 2.2: a double colon stands for one or more groups, and occurs once.
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const words = [...head, ...new Array<number>(missing).fill(0), ...tail];
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}

/** The 16-bit groups of one side of an IPv6 address, whose last may be written as an IPv4 address. */
function wordsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  const words: number[] = [];
  for (const [index, group] of groups.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(group)) words.push(Number.parseInt(group, 16));
    else {
      const v4 = index === groups.length - 1 ? bytesOfV4(group) : undefined;
      if (!v4) return undefined;
      words.push((v4[0]! << 8) | v4[1]!, (v4[2]! << 8) | v4[3]!);
    }
  }
  return words;
}
