/** Finds byte strings by content and numbers them from 0 in the order in which they came. */
export interface ByteTable {
  /** The number of what lies in `bytes[start, end)`, or −1. */
  find(bytes: Uint8Array, start: number, end: number): number;
  /** Adds what `find` did not find; gives its number. Keeps `entry`. */
  add(entry: Uint8Array): number;
  at(index: number): Uint8Array | undefined;
  readonly size: number;
}

export function byteTable(): ByteTable {
  const entries: Uint8Array[] = [];
  let places = new Int32Array(64);
  const place = (index: number): void => {
    const entry = entries[index]!;
    let at = hash(entry, 0, entry.length) & (places.length - 1);
    while (places[at] !== 0) at = (at + 1) & (places.length - 1);
    places[at] = index + 1;
  };
  return {
    find(bytes, start, end) {
      let at = hash(bytes, start, end) & (places.length - 1);
      for (;;) {
        const index = places[at]! - 1;
        if (index < 0) return -1;
        if (isAt(entries[index]!, bytes, start, end)) return index;
        at = (at + 1) & (places.length - 1);
      }
    },
    add(entry) {
      entries.push(entry);
      if (entries.length * 2 > places.length) {
        places = new Int32Array(places.length * 2);
        for (let index = 0; index < entries.length - 1; index++) place(index);
      }
      place(entries.length - 1);
      return entries.length - 1;
    },
    at: (index) => entries[index],
    get size() {
      return entries.length;
    },
  };
}

/** Whether `bytes[start, end)` is `entry`. */
export function isAt(entry: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (entry.length !== end - start) return false;
  for (let i = 0; i < entry.length; i++) if (entry[i] !== bytes[start + i]) return false;
  return true;
}

/** FNV-1a. */
function hash(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0x811c9dc5;
  for (let i = start; i < end; i++) sum = Math.imul(sum ^ bytes[i]!, 0x01000193);
  return sum ^ (sum >>> 15);
}
