import { Buffer } from 'node:buffer';
import { type BatchFields, batchHash } from '@selvedge/journal';
import { localClass } from '@selvedge/protocol';
import type { Held } from '../../ports.ts';
import type { Places } from './places.ts';

/** What a row of the log says of its batch, besides the body. */
export interface LoggedHeader extends BatchFields {
  readonly prevHash: Uint8Array;
  readonly hash: Uint8Array;
  readonly bodyDigest: Uint8Array;
  /** Whether the records themselves are gone, or never came. */
  readonly isStub: boolean;
}

/** Follows the chain of one journal through the log. */
export interface ChainWalk {
  /** The next batch by first offset. */
  add(header: LoggedHeader): void;
  /** Compares what was walked with what the log claims to hold. */
  compare(held: readonly Held[]): void;
  /** Runs without a hole, with the hashes at their ends as recomputed. */
  readonly runs: readonly Held[];
  readonly records: number;
  readonly expired: number;
  /** Records that stay at the site. */
  readonly local: number;
}

export function chainWalk(places: Places): ChainWalk {
  const runs: { from: number; to: number; before: Uint8Array; after: Uint8Array }[] = [];
  let records = 0;
  let expired = 0;
  let local = 0;
  return {
    get runs() {
      return runs;
    },
    get records() {
      return records;
    },
    get expired() {
      return expired;
    },
    get local() {
      return local;
    },
    add(header) {
      const from = header.firstOffset;
      const to = from + header.count;
      records += header.count;
      if (header.klass === localClass) local += header.count;
      else if (header.isStub) expired += header.count;
      // Of a run that stays at the site only its ends are known; whoever changes one parts it from its neighbours.
      const isRun = header.klass === localClass && header.bodyDigest.length === 0;
      const hash = isRun ? header.hash : batchHash(header, header.bodyDigest, header.prevHash);
      if (!same(hash, header.hash)) places.add(from, 'the hash of the batch does not fit its fields');
      const last = runs.at(-1);
      if (last && from < last.to) places.add(from, `the batch overlaps the one before, which ends at ${last.to}`);
      if (last && from === last.to && !same(last.after, header.prevHash)) {
        places.add(from, 'the batch does not follow the hash of the one before');
      }
      if (last && from <= last.to) {
        last.to = Math.max(last.to, to);
        last.after = hash;
      } else runs.push({ from, to, before: header.prevHash, after: hash });
    },
    compare(held) {
      for (const { from, to, before, after } of runs) {
        const claimed = held.find((one) => one.from === from);
        if (!claimed) places.add(from, `the log has batches from ${from} to ${to - 1} that it does not claim to hold`);
        else if (claimed.to !== to)
          places.add(
            Math.min(to, claimed.to),
            `the log claims offsets ${from} to ${claimed.to - 1} and has them to ${to - 1}`,
          );
        else if (!same(before, claimed.before) || !same(after, claimed.after))
          places.add(from, `the log claims other hashes at the ends of ${from} to ${to - 1} than its batches have`);
      }
      for (const { from, to } of held) {
        if (!runs.some((run) => run.from === from))
          places.add(from, `the log claims offsets ${from} to ${to - 1}, but no run of batches begins there`);
      }
    },
  };
}

const same = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;
