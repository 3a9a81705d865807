import { Buffer } from 'node:buffer';
import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import type { FrameBodies } from '@selvedge/protocol';
import type { Held } from '../../ports.ts';
import type { Hello } from './hello.ts';

export type Proof = FrameBodies['proof'];

/** Whether a journal is the one that the log holds: yes, no, or not to be said before the node has proved an offset. */
export type Fit =
  | { readonly kind: 'fits' }
  | { readonly kind: 'fork'; readonly why: string }
  | { readonly kind: 'ask'; readonly offset: number };

const fits: Fit = { kind: 'fits' };

/**
 * Judges a journal by one hash, that at the end of the last run which the log holds: hashes are a chain, so what is the same
 * there is the same in all that lies before. A node that has let that place go cannot be judged, nor one of a version that
 * proves nothing, and they are believed. [LNK-52] [LNK-53]
 */
export function judgeFit(hello: Hello, proof: Proof | undefined, held: readonly Held[]): Fit {
  const { head, channel } = hello;
  // A copy of a closed journal may end before what is held: the node that it was taken of may have gone on. [LNK-50]
  const last = held.findLast(({ to }) => channel !== 'closed' || to <= head.offset);
  if (!last) return fits;
  if (last.to > head.offset)
    return fork(hello, `it ends at ${head.offset}, but offsets up to ${last.to} were shipped before`);
  const known = last.to === head.offset ? head : proof;
  if (known === undefined || known.offset !== last.to)
    return hello.speaks?.includes('proof') ? { kind: 'ask', offset: last.to } : fits;
  if (known.hash === '' || known.hash === Buffer.from(last.after).toString('hex')) return fits;
  return fork(hello, `before offset ${last.to} it has another hash than what was shipped before`);
}

/** Checks the members of a proof, which came from outside. */
export function readProof(raw: Readonly<Record<string, unknown>>): Decoded<Proof> {
  const { offset, hash } = raw;
  if (!Number.isSafeInteger(offset)) return undecodable('offset of a proof is not a whole number');
  if (typeof hash !== 'string' || !/^([0-9a-f]{64})?$/.test(hash)) return undecodable('hash of a proof is none');
  return decoded({ offset: offset as number, hash });
}

const fork = ({ epoch }: Hello, why: string): Fit => ({
  kind: 'fork',
  why: `journal ${epoch} is not the one that was shipped before: ${why}`,
});
