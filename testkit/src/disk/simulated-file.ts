import type { Random } from '@selvedge/kernel';

/** What happened to a file since its last sync. */
type Change =
  | { readonly kind: 'write'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly size: number };

/** The bytes of a file twice: as programs see them, and as the platter has them; and what lies between the two. */
export interface SimulatedFile {
  readonly size: number;
  read(into: Uint8Array, at: number): number;
  write(bytes: Uint8Array, at: number): void;
  truncate(size: number): void;
  /** Brings every change to the platter. */
  sync(): void;
  /** Brings some changes to the platter and loses the others, although programs go on to see them. */
  syncHalf(random: Random): void;
  /** Back to what the platter has, and of the changes since then what survives: all, none, a part, or only the size. */
  powerCut(random: Random): void;
  /** Flips one bit, on the platter too. */
  flip(at: number, bit: number): void;
}

const sector = 512;

export function simulatedFile(): SimulatedFile {
  let seen = growingBytes();
  let platter = growingBytes();
  let changes: Change[] = [];

  const bring = (change: Change): void => {
    if (change.kind === 'write') platter.write(change.bytes, change.at);
    else platter.truncate(change.size);
  };

  /** What a power cut in the middle of writing leaves of it. */
  const bringPart = (change: Change, random: Random): void => {
    const fate = random.next();
    if (fate < 0.3) bring(change);
    else if (change.kind === 'truncate' || fate < 0.55) return;
    else if (fate < 0.7)
      platter.write(change.bytes.subarray(0, Math.floor(random.next() * change.bytes.length)), change.at);
    else if (fate < 0.9) bringSectors(change.at, change.bytes, random);
    else if (change.at + change.bytes.length > platter.size) platter.truncate(change.at + change.bytes.length);
  };

  const bringSectors = (at: number, bytes: Uint8Array, random: Random): void => {
    for (let from = 0; from < bytes.length; ) {
      const to = Math.min(bytes.length, from + sector - ((at + from) % sector));
      if (random.next() < 0.5) platter.write(bytes.subarray(from, to), at + from);
      from = to;
    }
  };

  return {
    get size() {
      return seen.size;
    },
    read: (into, at) => seen.read(into, at),
    write(bytes, at) {
      seen.write(bytes, at);
      changes.push({ kind: 'write', at, bytes: Uint8Array.from(bytes) });
    },
    truncate(size) {
      seen.truncate(size);
      changes.push({ kind: 'truncate', size });
    },
    sync() {
      for (const change of changes) bring(change);
      changes = [];
    },
    syncHalf(random) {
      for (const change of changes) if (random.next() < 0.5) bringPart(change, random);
      changes = [];
    },
    powerCut(random) {
      for (const change of changes) bringPart(change, random);
      changes = [];
      seen = platter;
      platter = growingBytes();
      platter.write(seen.all(), 0);
    },
    flip(at, bit) {
      for (const side of [seen, platter]) {
        const one = new Uint8Array(1);
        if (side.read(one, at) === 1) side.write(Uint8Array.of(one[0]! ^ (1 << bit)), at);
      }
    },
  };
}

interface GrowingBytes {
  readonly size: number;
  all(): Uint8Array;
  read(into: Uint8Array, at: number): number;
  write(bytes: Uint8Array, at: number): void;
  truncate(size: number): void;
}

function growingBytes(): GrowingBytes {
  let bytes = new Uint8Array(0);
  let size = 0;
  const truncate = (to: number): void => {
    if (to > bytes.length) {
      const larger = new Uint8Array(Math.max(to, bytes.length * 2));
      larger.set(bytes.subarray(0, size));
      bytes = larger;
    } else if (to < size) bytes.fill(0, to, size);
    size = to;
  };
  return {
    get size() {
      return size;
    },
    all: () => bytes.subarray(0, size),
    read(into, at) {
      const found = bytes.subarray(Math.min(at, size), Math.min(at + into.length, size));
      into.set(found);
      return found.length;
    },
    write(more, at) {
      if (at + more.length > size) truncate(at + more.length);
      bytes.set(more, at);
    },
    truncate,
  };
}
