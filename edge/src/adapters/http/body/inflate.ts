import { Buffer } from 'node:buffer';
import { pipeline, type Transform } from 'node:stream';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { isFault } from '@selvedge/kernel';
import { httpFaults } from '../faults.ts';
import { oneFrame, readZstdHead, windowMax, type ZstdHead } from './zstd-frame.ts';

export type Coding = 'identity' | 'gzip' | 'zstd';

/** Reads a Content-Encoding; undefined for one that is not understood, and for several. */
export function readCoding(header: string | undefined): Coding | undefined {
  const name = (header ?? 'identity').trim().toLowerCase();
  if (name === 'identity' || name === '') return 'identity';
  if (name === 'gzip' || name === 'x-gzip') return 'gzip';
  return name === 'zstd' ? 'zstd' : undefined;
}

export interface InflateLimits {
  /** Bytes that a body may have, as it comes and inflated. */
  readonly bodyMax: number;
  /** Lends memory for a decoder's window or throws HTTP_BUSY; gives the function that returns it. */
  readonly lend: (bytes: number) => () => void;
}

/** What zlib keeps for one gzip stream: window, tables and a block of output. */
const gunzipMemory = 64 * 1_024;

/** A body as it was before its coding, part by part. Throws HTTP_BODY_TOO_LARGE, HTTP_INVALID and HTTP_BUSY. */
export async function* inflate(
  source: AsyncIterable<Buffer>,
  coding: Coding,
  limits: InflateLimits,
): AsyncGenerator<Buffer> {
  const counted = bounded(source, limits.bodyMax, 'as it comes');
  if (coding === 'identity') {
    yield* counted;
    return;
  }
  const begun = coding === 'zstd' ? await beginZstd(counted, limits) : { source: counted, memory: gunzipMemory };
  const giveBack = limits.lend(begun.memory);
  const decoder = coding === 'zstd' ? unzstd(begun.memory) : createGunzip();
  pipeline(begun.source, decoder, () => undefined);
  try {
    yield* bounded(decoder, limits.bodyMax, 'inflated');
  } catch (cause) {
    if (isFault(cause) || !isCorrupt(cause)) throw cause;
    throw httpFaults('HTTP_INVALID', `the body is not ${coding}: ${cause.message}`);
  } finally {
    decoder.destroy();
    giveBack();
  }
}

async function* bounded(source: AsyncIterable<Buffer>, sizeMax: number, how: string): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const part of source) {
    size += part.length;
    if (size > sizeMax)
      throw httpFaults('HTTP_BODY_TOO_LARGE', `the body has more than ${sizeMax} bytes ${how}`, { sizeMax });
    yield part;
  }
}

/** Reads as much as says how much memory the decoder needs, and gives the whole with it. */
async function beginZstd(source: AsyncGenerator<Buffer>, limits: InflateLimits) {
  let first = Buffer.alloc(0);
  let head: ZstdHead | 'short' | undefined = 'short';
  while ((head = readZstdHead(first)) === 'short') {
    const next = await source.next();
    if (next.done) throw httpFaults('HTTP_INVALID', `the body is not zstd: it ends after ${first.length} bytes`);
    first = Buffer.concat([first, next.value]);
  }
  if (!head) throw httpFaults('HTTP_INVALID', 'the body does not begin like zstd');
  const { window } = head;
  if (window > windowMax || window > Math.max(limits.bodyMax, windowMin))
    throw httpFaults('HTTP_BODY_TOO_LARGE', `the body asks for a window of ${window} bytes`, { window, windowMax });
  return { source: oneFrame(chain(first, source), head), memory: window };
}

/** The smallest window that a frame can ask for in so many words. */
const windowMin = 1_024;

function unzstd(window: number): Transform {
  const windowLog = Math.ceil(Math.log2(Math.max(window, windowMin)));
  return createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: windowLog } });
}

async function* chain(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

const isCorrupt = (cause: unknown): cause is Error =>
  cause instanceof Error && 'code' in cause && /^(?:Z_|ZSTD_|ERR_ZSTD)/.test(String(cause.code));
