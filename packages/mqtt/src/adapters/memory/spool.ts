import type { Spool, SpoolFile } from '../../ports.ts';

/** A spool in this process, for what is not too large and need not outlive it: the reference for the others. */
export function memorySpool({ sizeMax = 64 * 2 ** 20 }: { readonly sizeMax?: number } = {}): Spool {
  const files = new Map<number, SpoolFile & { readonly whole: boolean }>();
  let sizeBytes = 0;
  let lastName = 0;

  const fileOf = (name: number, size: number): SpoolFile & { readonly whole: boolean } => {
    const pieces: Uint8Array[] = [];
    let written = 0;
    let finished = false;
    return {
      name,
      size,
      get whole() {
        return finished && written === size;
      },
      async write(bytes) {
        pieces.push(Uint8Array.from(bytes));
        written += bytes.length;
      },
      async finish() {
        finished = true;
      },
      async open() {
        return { read: async (into, at) => copy(pieces, into, at), close: async () => undefined };
      },
      async remove() {
        if (files.delete(name)) sizeBytes -= size;
      },
    };
  };

  return {
    get sizeBytes() {
      return sizeBytes;
    },
    async load(kept) {
      for (const name of kept.keys()) lastName = Math.max(lastName, name);
      for (const file of files.values()) {
        if (!file.whole || kept.get(file.name) !== file.size) await file.remove();
      }
      return [...files.values()];
    },
    create(size) {
      if (sizeBytes + size > sizeMax) return undefined;
      sizeBytes += size;
      lastName += 1;
      const file = fileOf(lastName, size);
      files.set(lastName, file);
      return file;
    },
  };
}

/** Fills `into` with what lies from `at` on in the pieces, one behind the other. */
function copy(pieces: readonly Uint8Array[], into: Uint8Array, at: number): void {
  let start = 0;
  for (const piece of pieces) {
    const from = Math.max(at - start, 0);
    const to = Math.min(piece.length, at + into.length - start);
    if (from < to) into.set(piece.subarray(from, to), start + from - at);
    start += piece.length;
  }
}
