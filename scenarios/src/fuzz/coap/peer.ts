import type { Input } from '../input.ts';
import { Broken } from '../target.ts';
import { codeName, type Heard, readDatagram, readFrames } from './read.ts';

/** What one fuzzed peer hears, judged as it comes. */
export interface Peer {
  /** A datagram goes to the endpoint: what it may answer follows from it. */
  sends(bytes: Buffer): void;
  /** A datagram comes from the endpoint; gives what the peer answers. */
  datagram(bytes: Buffer): Buffer | undefined;
  /** Bytes of a connection come. */
  stream(bytes: Buffer): void;
  readonly trail: string;
  readonly heard: readonly Heard[];
  readonly broken: Broken | undefined;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

const heardMax = 40;

/** What has been sent from one address, by whichever peers: it may be answered late. */
export interface Sent {
  readonly ids: Set<number>;
  readonly tokens: Set<string>;
}

export const nothingSent = (): Sent => ({ ids: new Set(), tokens: new Set() });

export function peer(answers: Input['answers'], { ids, tokens }: Sent): Peer {
  const heard: Heard[] = [];
  const trail: string[] = [];
  let broken: Broken | undefined;
  let unread: Buffer = Buffer.alloc(0);
  let isOver = false;
  let isFirst = true;
  let [bytesIn, bytesOut] = [0, 0];

  const note = (one: Heard): void => {
    if (heard.length < heardMax) heard.push(one);
    const name = one.code === 0 ? (['CON', 'NON', 'ACK', 'RST'][one.type ?? 0] ?? '') : codeName(one.code);
    if (trail.at(-1) !== name && trail.length < 10) trail.push(name);
  };
  const guard = <Value>(judge: () => Value): Value | undefined => {
    if (broken) return undefined;
    try {
      return judge();
    } catch (cause) {
      broken =
        cause instanceof Broken
          ? cause
          : new Broken('promise', `what the endpoint says cannot be read: ${(cause as Error).message}`, { cause });
      return undefined;
    }
  };

  return {
    sends(bytes) {
      bytesIn += bytes.length;
      if (bytes.length < 4) return;
      ids.add(bytes.readUInt16BE(2));
      const tokenLength = bytes[0]! & 15;
      if (tokenLength <= 8) tokens.add(bytes.toString('hex', 4, 4 + tokenLength));
    },
    datagram: (bytes) =>
      guard(() => {
        bytesOut += bytes.length;
        const one = readDatagram(bytes);
        note(one);
        if ((one.type === 2 || one.type === 3) && !ids.has(one.id))
          throw new Broken('promise', 'the endpoint acknowledges or resets what nobody has sent');
        if (one.code >= 0x40 && !tokens.has(one.token))
          throw new Broken('promise', 'the endpoint answers under a token that nobody has sent');
        if (answers === 'never' || one.type !== 0) return undefined;
        return Buffer.of(answers === 'well' ? 0x60 : 0x70, 0, one.id >> 8, one.id);
      }),
    stream: (bytes) =>
      guard(() => {
        unread = unread.length === 0 ? bytes : Buffer.concat([unread, bytes]);
        const { heard: some, rest } = readFrames(unread);
        unread = rest;
        for (const one of some) {
          if (isOver) throw new Broken('promise', `the endpoint says ${codeName(one.code)} after Abort`);
          if (isFirst && one.code !== 0xe1) throw new Broken('promise', 'the first message is not a CSM');
          isFirst = false;
          isOver = one.code === 0xe5;
          note(one);
        }
      }),
    get trail() {
      return trail.join(' ');
    },
    heard,
    get broken() {
      return broken;
    },
    get bytesIn() {
      return bytesIn;
    },
    get bytesOut() {
      return bytesOut;
    },
  };
}
