import { type Packet, parse } from '../../../../packages/mqtt/test/support/parse.ts';
import type { Input } from '../input.ts';
import { number, write } from '../pieces/piece.ts';
import { Broken } from '../target.ts';
import { list, packet, property, text, type Version } from './grammar.ts';

/** What a fuzzed client hears: a strict reader of the broker's words that says which of them may not be. */
export interface Ear {
  hear(chunk: Buffer): void;
  /** The broker will say nothing more. */
  readonly isOver: boolean;
  readonly accepted: boolean;
  /** The kinds of packets that have come, without repetition. */
  readonly trail: string;
  readonly publishes: readonly Packet[];
  /** The first thing that may not be. */
  readonly broken: Broken | undefined;
}

/** `answer` sends what the client answers by itself. */
export function ear(answers: Input['answers'], answer: (bytes: Buffer) => void): Ear {
  let unread: Buffer = Buffer.alloc(0);
  let version: Version | undefined;
  let accepted = false;
  let isOver = false;
  let broken: Broken | undefined;
  const kinds: string[] = [];
  const publishes: Packet[] = [];

  /** What to answer. */
  const judge = (one: Packet): Buffer | undefined => {
    if (isOver) throw new Broken('promise', `the broker says ${one.kind} after its last word`);
    if (kinds.at(-1) !== one.kind && kinds.length < 12) kinds.push(one.kind);
    if (one.kind === 'connack') {
      if (accepted) throw new Broken('promise', 'the broker says CONNACK twice');
      accepted = one.code === 0;
      isOver = !accepted;
      return undefined;
    }
    if (!accepted && one.kind !== 'auth') throw new Broken('promise', `the broker says ${one.kind} before CONNACK`);
    if (one.kind === 'disconnect') isOver = true;
    if (one.kind === 'publish') {
      if (publishes.length < 100) publishes.push(one);
      if (one.topic!.startsWith('$denied')) throw new Broken('promise', 'a message comes that access denies');
      if (one.topic === '' && version === 4) throw new Broken('promise', 'a message comes without a topic');
    }
    return replyTo(one, answers);
  };

  const read = (chunk: Buffer): void => {
    unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk]);
    if (unread.length < 2) return;
    // A CONNACK of version 4 has two bytes, one of version 5 at least three; AUTH is of version 5 alone.
    version ??= unread[0] === 0x20 && unread[1] === 2 ? 4 : 5;
    const { packets, used } = parse(unread, version);
    unread = unread.subarray(used);
    // The answer to an answer may come before this call is over.
    const said = packets.map(judge).filter((one) => one !== undefined);
    if (said.length > 0) answer(Buffer.concat(said));
  };

  return {
    hear(chunk) {
      if (broken) return;
      try {
        read(chunk);
      } catch (cause) {
        broken =
          cause instanceof Broken
            ? cause
            : new Broken('promise', `what the broker says cannot be read: ${(cause as Error).message}`, { cause });
      }
    },
    get isOver() {
      return isOver;
    },
    get accepted() {
      return accepted;
    },
    get trail() {
      return kinds.join(' ');
    },
    publishes,
    get broken() {
      return broken;
    },
  };
}

function replyTo({ kind, id = 0, qos = 0 }: Packet, answers: Input['answers']): Buffer | undefined {
  if (answers === 'never') return undefined;
  const badly = answers === 'badly';
  const acknowledge = (first: number): Buffer => write(packet(first, [number(2, badly ? id ^ 1 : id)]));
  if (kind === 'publish' && qos > 0) return acknowledge(badly ? (qos === 1 ? 0x50 : 0x40) : qos === 1 ? 0x40 : 0x50);
  if (kind === 'pubrec') return acknowledge(0x62);
  if (kind === 'pubrel') return acknowledge(0x70);
  if (kind !== 'auth') return undefined;
  const properties = [property(0x15, [text(badly ? 'other' : 'echo')]), property(0x16, [text('more')])];
  return write(packet(0xf0, [number(1, 0x18), list(properties)]));
}
