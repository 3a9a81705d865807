/** A piece of memory that batches are built in, written from, and read from while they are recent. */
export interface Slab {
  readonly bytes: Buffer;
  /** True once a reader has been given a view of it: then it is not used again, but left to the garbage collector. */
  lent: boolean;
}

const sizeMin = 64 * 1024;
const sizeMax = 1024 * 1024;

/** Gives slabs that double from 64 KiB to 1 MiB, or that hold one large record, and takes back those nobody looks at. */
export interface Slabs {
  take(sizeNeeded: number): Slab;
  giveBack(slab: Slab): void;
}

export function slabs(): Slabs {
  let size = sizeMin / 2;
  const spare: Slab[] = [];
  return {
    take(sizeNeeded) {
      size = Math.min(size * 2, sizeMax);
      const index = spare.findIndex((slab) => slab.bytes.length >= sizeNeeded);
      if (index >= 0) return spare.splice(index, 1)[0]!;
      return { bytes: Buffer.allocUnsafeSlow(Math.max(size, sizeNeeded)), lent: false };
    },
    giveBack(slab) {
      if (!slab.lent && slab.bytes.length === sizeMax && spare.length < 2) spare.push(slab);
    },
  };
}
