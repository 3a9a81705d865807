import type { DiskFile } from './disk.ts';
import { batchHeaderSize, batchMagic, bodyIsWhole, decodeFrame, type Frame, withBody } from './format/batch.ts';

/** A place of a segment where no batch can be read although one should be there. */
export interface DamagedPlace {
  readonly position: number;
  /** The offset that should be here. */
  readonly from: number;
  /** The next offset that can be read; undefined if there is none up to the end. */
  readonly to: number | undefined;
  /** Where reading can go on. */
  readonly resumeAt: number;
  readonly why: string;
}

export type Step = { readonly frame: Frame } | { readonly damage: DamagedPlace };

export interface WalkOptions {
  readonly file: DiskFile;
  readonly salt: number;
  /** Where to begin, the offset that should be there, and the hash before it where that is known. */
  readonly position: number;
  readonly offset: number;
  readonly hash?: Uint8Array | undefined;
  /** Where to stop: the bytes of the file that count. */
  readonly end: number;
  /** Whose bodies are read and checked; all unless told. The frames of others come without a body. */
  readonly wants?: (klass: number) => boolean;
  /** Frames are used up before the next call, so one buffer does for all. */
  readonly reuse?: boolean;
}

/** Goes through the batches of a segment in order, and past what is damaged. */
export interface Walk {
  /** The next step; a promise only where the disk has to be read. Undefined at the end. */
  next(): Step | undefined | Promise<Step | undefined>;
}

const chunkMin = 4 * 1024;
const chunkMax = 256 * 1024;
const magicBytes = Buffer.alloc(4);
magicBytes.writeUInt32LE(batchMagic);

export function walk(options: WalkOptions): Walk {
  const { file, salt, end, wants, reuse } = options;
  let position = options.position;
  let offset = options.offset;
  let hash = options.hash;
  let chunk: Buffer = Buffer.alloc(0);
  let chunkAt = position;
  /** Small while bodies are skipped, so that they are not read; large while everything is wanted. */
  let chunkSize = wants ? chunkMin : chunkMax;

  const has = (length: number): boolean => position >= chunkAt && position + length <= chunkAt + chunk.length;

  const fill = async (at: number, length: number): Promise<boolean> => {
    const size = Math.max(length, Math.min(chunkSize, end - at));
    const into =
      reuse && chunk.buffer.byteLength >= size ? Buffer.from(chunk.buffer, 0, size) : Buffer.allocUnsafeSlow(size);
    const got = await file.read(into, at);
    chunk = into.subarray(0, got);
    chunkAt = at;
    return got >= length;
  };

  const damaged = (place: Omit<DamagedPlace, 'position' | 'from'>): Step => {
    const damage = { position, from: offset, ...place };
    position = place.resumeAt;
    offset = place.to ?? offset;
    hash = undefined;
    return { damage };
  };

  const afterRead = async (length: number): Promise<Step | undefined> => {
    if (!(await fill(position, length)))
      return damaged({ to: undefined, resumeAt: end, why: 'the file ends within it' });
    return next();
  };

  /** Looks byte by byte for the next header that belongs to this journal and does not go back in offsets. */
  const search = async (from: number, why: string): Promise<Step> => {
    chunkSize = chunkMax;
    for (let at = from; at + batchHeaderSize <= end; at += Math.max(1, chunk.length - batchHeaderSize + 1)) {
      if (!(await fill(at, batchHeaderSize))) break;
      for (let hit = chunk.indexOf(magicBytes); hit >= 0; hit = chunk.indexOf(magicBytes, hit + 1)) {
        if (hit + batchHeaderSize > chunk.length) break;
        const found = decodeFrame(chunk, hit, salt, at + hit);
        if (!found.ok || found.value.batch.firstOffset < offset) continue;
        return damaged({ to: found.value.batch.firstOffset, resumeAt: at + hit, why });
      }
    }
    return damaged({ to: undefined, resumeAt: end, why });
  };

  const next = (): Step | undefined | Promise<Step | undefined> => {
    if (position >= end) return undefined;
    if (position + batchHeaderSize > end)
      return damaged({ to: undefined, resumeAt: end, why: 'the file ends within a header' });
    if (!has(batchHeaderSize)) return afterRead(batchHeaderSize);
    const read = decodeFrame(chunk, position - chunkAt, salt, position);
    if (!read.ok) return search(position + 1, read.why);
    let frame = read.value;
    const { batch, length } = frame;
    if (batch.firstOffset !== offset)
      return search(position, `offset ${batch.firstOffset} is where ${offset} should be`);
    if (hash && Buffer.compare(hash, batch.prevHash) !== 0) {
      return search(position + 1, 'it does not chain to the batch before');
    }
    if (position + length > end) return search(position + 1, `the file ends within a batch of ${length} bytes`);
    if (frame.kind === 'full' && (wants === undefined || wants(batch.klass))) {
      if (!has(length)) return afterRead(length);
      if (wants) chunkSize = Math.min(chunkSize * 2, chunkMax);
      frame = withBody(frame, chunk, position - chunkAt);
      if (!bodyIsWhole(frame, salt)) {
        const resumeAt = position + length;
        const step = damaged({ to: batch.firstOffset + batch.count, resumeAt, why: "the body's CRC does not fit" });
        hash = Uint8Array.from(batch.hash);
        return step;
      }
    } else if (wants && !has(length)) chunkSize = chunkMin;
    position += length;
    offset = batch.firstOffset + batch.count;
    // The header may lie in memory that the next read overwrites.
    hash = reuse ? Uint8Array.from(batch.hash) : batch.hash;
    return { frame };
  };

  return { next };
}
