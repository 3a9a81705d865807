import { field } from '../../test/support/wire.ts';
import type { Frame, Memory } from '../support/proxy.ts';
import { patched } from '../support/rewrites.ts';

/** Where the fields of a CONNECT of version 3.1.1 stand in its body. */
export const connectAt = { level: 6, flags: 7, keepAlive: 9, clientId: 10 } as const;

/** The change of one byte of the body. */
export const byte =
  (at: number, change: (value: number) => number) =>
  (frame: Frame): Frame =>
    patched(frame, at, change);

/** The change of the first byte. */
export const first =
  (change: (value: number) => number) =>
  (frame: Frame): Frame => ({ ...frame, first: change(frame.first) });

/** The change of the first text of the body; in SUBSCRIBE and UNSUBSCRIBE that stands behind the packet identifier. */
export const spelt =
  (change: (text: Buffer) => Buffer | string, at = 0) =>
  ({ first, body }: Frame): Frame => {
    const end = at + 2 + body.readUInt16BE(at);
    const text = field(change(body.subarray(at + 2, end)));
    return { first, body: Buffer.concat([body.subarray(0, at), text, body.subarray(end)]) };
  };

/** Holds back every other packet until the next one, which goes first. */
export const swapped = (frame: Frame, memory: Memory): readonly Frame[] => {
  const held = memory.get('held') as Frame | undefined;
  memory.set('held', held ? undefined : frame);
  return held ? [frame, held] : [];
};

/** Some packets are changed, the others are not. */
export const where =
  (those: (frame: Frame) => boolean, rewrite: (frame: Frame, memory: Memory) => Frame | readonly Frame[]) =>
  (frame: Frame, memory: Memory): Frame | readonly Frame[] =>
    those(frame) ? rewrite(frame, memory) : frame;

export const nothing = (): readonly Frame[] => [];

/** Of a PUBLISH. */
export const qosOf = ({ first }: Frame): number => (first >> 1) & 3;
export const isRepeated = ({ first }: Frame): boolean => (first & 8) !== 0;
/** Of a PUBLISH: where the payload begins, or the packet identifier before it. */
export const behindTopic = ({ body }: Frame): number => 2 + body.readUInt16BE(0);
