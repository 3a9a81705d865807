import { Duplex } from 'node:stream';
import { packet } from '../../test/support/wire.ts';
import type { Target } from './target.ts';

/** One packet: its first byte, and what is behind the remaining length. */
export interface Frame {
  readonly first: number;
  readonly body: Buffer;
}

/** What a mutant remembers of one connection. */
export type Memory = Map<string, unknown>;

/** Gives the packets that go on instead of one. */
export type Rewrite = (frame: Frame, memory: Memory) => readonly Frame[];

/** A rule of the standard, broken between a broker and its clients. */
export interface Mutant {
  readonly name: string;
  /** The end of the name of a case that fails because of it. */
  readonly noticed: string;
  readonly toBroker?: Rewrite;
  readonly toClient?: Rewrite;
  /** The end of a connection is not passed on to the client. */
  readonly neverCloses?: boolean;
}

/** The same broker behind a proxy that breaks one rule. */
export const broken = (target: Target, mutant: Mutant): Target => ({
  ...target,
  dial: async (setup) => through(await target.dial(setup), mutant),
});

function through(inner: Duplex, { toBroker, toClient, neverCloses }: Mutant): Duplex {
  const memory: Memory = new Map();
  const [up, down] = [rewriter(toBroker, memory), rewriter(toClient, memory)];
  const outer = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      if (inner.writable) inner.write(up(chunk));
      done();
    },
    destroy(cause, done) {
      inner.destroy();
      done(cause);
    },
  });
  outer.on('error', () => undefined);
  inner.on('data', (chunk: Buffer) => outer.push(down(chunk)));
  let over = neverCloses ?? false;
  for (const event of ['end', 'close']) {
    inner.on(event, () => {
      if (!over) outer.push(null);
      over = true;
    });
  }
  return outer;
}

/** Rewrites a stream of packets. What is no packet, and all behind it, passes as it is. */
function rewriter(rewrite: Rewrite | undefined, memory: Memory): (chunk: Buffer) => Buffer {
  let rest = Buffer.alloc(0);
  let lost = rewrite === undefined;
  return (chunk) => {
    if (lost) return chunk;
    rest = Buffer.concat([rest, chunk]);
    const out: Buffer[] = [];
    for (;;) {
      const found = frameAt(rest);
      if (found === 'more') break;
      if (found === 'none') {
        lost = true;
        out.push(rest);
        break;
      }
      out.push(...rewrite!(found.frame, memory).map(bytesOf));
      rest = rest.subarray(found.size);
    }
    return Buffer.concat(out);
  };
}

const bytesOf = ({ first, body }: Frame): Buffer => packet(first, body);

function frameAt(bytes: Buffer): { frame: Frame; size: number } | 'more' | 'none' {
  let length = 0;
  for (let at = 1; at <= 4; at++) {
    const byte = bytes[at];
    if (byte === undefined) return 'more';
    length += (byte & 0x7f) * 128 ** (at - 1);
    if (byte > 0x7f) continue;
    const size = at + 1 + length;
    // A length in more bytes than it needs would not survive being written anew.
    if (byte === 0 && at > 1) return 'none';
    return bytes.length < size ? 'more' : { frame: { first: bytes[0]!, body: bytes.subarray(at + 1, size) }, size };
  }
  return 'none';
}
