/** A piece of memory that batches are built in, written from, and copied from while they are recent. */
export interface Slab {
  readonly bytes: Buffer;
}

const sizeMin = 64 * 1024;
const sizeMax = 1024 * 1024;
const sparesMax = 4;

/** Gives slabs and takes back those that are no longer needed, so that a steady load allocates nothing. */
export interface Slabs {
  /**
   * A slab of at least `sizeNeeded` bytes. Its size follows `pendingBytes`, what waits for one commit: small on a quiet
   * node, up to 1 MiB under load.
   */
  take(sizeNeeded: number, pendingBytes: number): Slab;
  giveBack(slab: Slab): void;
}

export function slabs(): Slabs {
  const spare: Slab[] = [];
  return {
    take(sizeNeeded, pendingBytes) {
      const size = Math.max(sizeNeeded, sizeMin, Math.min(pendingBytes * 4, sizeMax));
      const index = spare.findIndex(({ bytes }) => bytes.length >= size);
      if (index >= 0) return spare.splice(index, 1)[0]!;
      return { bytes: Buffer.allocUnsafeSlow(size) };
    },
    giveBack(slab) {
      if (slab.bytes.length > sizeMax) return;
      spare.push(slab);
      if (spare.length > sparesMax) spare.shift();
    },
  };
}
