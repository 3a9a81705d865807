import type { Metrics } from '@selvedge/kernel';
import { responses } from '../codes.ts';
import type { Limits } from '../config.ts';
import type { coapMetrics } from '../metrics.ts';
import { type Block, bert, blockSize } from '../options/block.ts';
import type { Deadline, Deadlines } from '../timing/deadlines.ts';

/** What a block of a request body leads to. */
export type Assembled =
  | { readonly kind: 'continue' }
  | { readonly kind: 'whole'; readonly body: Buffer }
  | { readonly kind: 'refused'; readonly code: number; readonly why: string };

/** Puts request bodies together from their blocks (RFC 7959 §2.5). */
export interface Assemblies {
  /** `key` tells one body from another: who sends it, how, and to what. */
  add(key: string, block: Block, payload: Buffer, sizeMax: number): Assembled;
  readonly count: number;
}

interface Assembly {
  readonly key: string;
  /** Room for what has come, and some more. */
  bytes: Buffer;
  /** Bytes of it that have come. */
  size: number;
  /** Where the latest block began; a copy of it is taken as the same. */
  latest: number;
  deadline: Deadline;
}

export function assemblies(
  limits: Limits,
  { deadlines, metrics }: { readonly deadlines: Deadlines; readonly metrics: Metrics<typeof coapMetrics> },
): Assemblies {
  // By last block, the oldest first.
  const open = new Map<string, Assembly>();
  let bytesHeld = 0;

  const forget = (assembly: Assembly): void => {
    if (!open.delete(assembly.key)) return;
    assembly.deadline.cancel();
    bytesHeld -= assembly.bytes.length;
  };

  const refused = (code: number, why: string): Assembled => ({ kind: 'refused', code, why });

  const expire = (assembly: Assembly): Deadline =>
    deadlines.after(limits.assemblyWithin, () => {
      forget(assembly);
      metrics.forgotten.add(1, 'assemblies');
    });

  const shrink = (keep: Assembly): void => {
    for (const assembly of open.values()) {
      if (open.size <= limits.assembliesMax && bytesHeld <= limits.assembliesBytesMax) return;
      if (assembly === keep) continue;
      forget(assembly);
      metrics.forgotten.add(1, 'assemblies');
    }
  };

  const begin = (key: string): Assembly => {
    const earlier = open.get(key);
    if (earlier) forget(earlier);
    const assembly = { key, bytes: Buffer.alloc(0), size: 0, latest: 0 } as Omit<Assembly, 'deadline'> as Assembly;
    assembly.deadline = expire(assembly);
    open.set(key, assembly);
    return assembly;
  };

  return {
    add(key, block, payload, sizeMax) {
      const unit = blockSize(block.szx);
      const at = block.number * unit;
      const isWhole = block.szx === bert ? payload.length > 0 && payload.length % unit === 0 : payload.length === unit;
      if (block.more && !isWhole) return refused(responses.badRequest, `a block of ${payload.length} bytes goes on`);
      if (!block.more && block.szx !== bert && payload.length > unit)
        return refused(responses.badRequest, `${payload.length} bytes are beyond the block size ${unit}`);
      if (at + payload.length > sizeMax) {
        const earlier = open.get(key);
        if (earlier) forget(earlier);
        metrics.refused.add(1, 'body');
        return refused(responses.requestEntityTooLarge, '');
      }
      if (at === 0 && !block.more) return { kind: 'whole', body: payload };
      const assembly = at === 0 ? begin(key) : open.get(key);
      if (!assembly) return refused(responses.requestEntityIncomplete, 'the blocks before it are not here');
      if (at === assembly.latest && assembly.size > at && block.more) return { kind: 'continue' };
      if (at !== assembly.size) {
        return refused(responses.requestEntityIncomplete, `byte ${at} came where ${assembly.size} is next`);
      }
      assembly.latest = at;
      bytesHeld += append(assembly, payload);
      if (!block.more) {
        forget(assembly);
        return { kind: 'whole', body: assembly.bytes.subarray(0, assembly.size) };
      }
      assembly.deadline.cancel();
      assembly.deadline = expire(assembly);
      open.delete(key);
      open.set(key, assembly);
      shrink(assembly);
      return { kind: 'continue' };
    },
    get count() {
      return open.size;
    },
  };
}

/** Adds to the body, and gives by how many bytes its room has grown. Small blocks must not cost more than their bytes. */
function append(assembly: Assembly, payload: Buffer): number {
  const { bytes, size } = assembly;
  const needed = size + payload.length;
  if (needed > bytes.length) {
    assembly.bytes = Buffer.allocUnsafe(Math.max(needed, 2 * bytes.length));
    bytes.copy(assembly.bytes, 0, 0, size);
  }
  payload.copy(assembly.bytes, size);
  assembly.size = needed;
  return assembly.bytes.length - bytes.length;
}
