import type { Frame, Memory, Rewrite } from '../support/proxy.ts';
import { type Connect, connectFrame, connectOf, type Publish, publishFrame, publishOf } from './frames.ts';

/** Packet types. */
export const kind = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  suback: 9,
  unsubscribe: 10,
  unsuback: 11,
  pingresp: 13,
  disconnect: 14,
  auth: 15,
} as const;

/** Rewrites the packets of one kind. */
export const each =
  (wanted: keyof typeof kind, rewrite: (frame: Frame, memory: Memory) => Frame | readonly Frame[]): Rewrite =>
  (frame, memory) => {
    if (frame.first >> 4 !== kind[wanted]) return [frame];
    const out = rewrite(frame, memory);
    return 'first' in out ? [out] : out;
  };

export const publishes = (change: (publish: Publish, memory: Memory) => Partial<Publish>): Rewrite =>
  each('publish', (frame, memory) => {
    const publish = publishOf(frame);
    return publishFrame({ ...publish, ...change(publish, memory) });
  });

export const connects = (change: (connect: Connect) => Partial<Connect>): Rewrite =>
  each('connect', (frame) => {
    const connect = connectOf(frame);
    return connectFrame({ ...connect, ...change(connect) });
  });

export const without = (list: readonly Buffer[], ...ids: readonly number[]): readonly Buffer[] =>
  list.filter(([id]) => !ids.includes(id!));

/** The body with one byte, counted from the end if negative, replaced. */
export function patched(frame: Frame, at: number, value: (byte: number) => number): Frame {
  const body = Buffer.from(frame.body);
  const place = at < 0 ? body.length + at : at;
  body[place] = value(body[place]!);
  return { ...frame, body };
}
