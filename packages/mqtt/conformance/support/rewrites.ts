import type { Frame, Memory, Rewrite } from './proxy.ts';

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

/** The body with one byte, counted from the end if negative, replaced. */
export function patched(frame: Frame, at: number, value: (byte: number) => number): Frame {
  const body = Buffer.from(frame.body);
  const place = at < 0 ? body.length + at : at;
  body[place] = value(body[place]!);
  return { ...frame, body };
}
