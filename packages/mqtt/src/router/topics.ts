import { readText } from '../packets/text.ts';
import { type Refusal, reason, refusal } from '../reason.ts';
import type { Match } from './subscriptions.ts';

/** A topic name that has been checked, with what was last found for it. */
export class Topic {
  readonly text: string;
  readonly bytes: Buffer;
  /** It begins with `$`: for the server alone to publish to. */
  readonly system: boolean;
  /** Who subscribed, as of the router's `version`. */
  match: Match | undefined = undefined;
  version = -1;

  constructor(text: string, bytes: Buffer) {
    this.text = text;
    this.bytes = bytes;
    this.system = text.startsWith('$');
  }

  /** Whether `bytes[start..end)` spells this topic. */
  is(bytes: Buffer, start: number, end: number): boolean {
    const own = this.bytes;
    const size = own.length;
    if (end - start !== size) return false;
    for (let at = size - 1; at >= 0; at--) {
      if (own[at] !== bytes[start + at]) return false;
    }
    return true;
  }
}

/** Longer topics are checked anew each time, so that the table's memory has a bound. */
const internedSizeMax = 256;
const ways = 4;
const sets = 2_048;

/**
 * Checks topic names, and remembers the last ones by their bytes, so that a topic seen again costs no allocation: a
 * table of 2 048 sets with 4 places each, where a new topic takes the place longest in use.
 */
export class Topics {
  readonly #places: (Topic | undefined)[] = new Array(ways * sets).fill(undefined);
  readonly #turn = new Uint8Array(sets);
  readonly #levelsMax: number;

  constructor(levelsMax: number) {
    this.#levelsMax = levelsMax;
  }

  /** The topic that `bytes[start..end)` spells; undefined if it is none: then `why` says so. */
  fromBytes(bytes: Buffer, start: number, end: number): Topic | undefined {
    const size = end - start;
    if (size > internedSizeMax) return this.#read(bytes, start, end);
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    const set = ((hash ^ (hash >>> 15)) >>> 0) % sets;
    const first = set * ways;
    for (let way = 0; way < ways; way++) {
      const topic = this.#places[first + way];
      if (topic?.is(bytes, start, end)) return topic;
    }
    const topic = this.#read(bytes, start, end);
    if (topic) {
      this.#places[first + this.#turn[set]!] = topic;
      this.#turn[set] = (this.#turn[set]! + 1) % ways;
    }
    return topic;
  }

  fromText(text: string): Topic | undefined {
    const bytes = Buffer.from(text, 'utf8');
    return bytes.length > 65_535 ? undefined : this.fromBytes(bytes, 0, bytes.length);
  }

  /** Why `bytes[start..end)` is no topic. */
  why(bytes: Buffer, start: number, end: number): Refusal {
    const text = readText(bytes, start, end);
    if (text === undefined) return refusal(reason.malformedPacket, 'a topic is not UTF-8 or holds U+0000');
    if (text === '') return refusal(reason.protocolError, 'an empty topic');
    if (/[+#]/.test(text)) return refusal(reason.topicNameInvalid, 'a topic holds a wildcard');
    return refusal(reason.topicNameInvalid, `a topic of more than ${this.#levelsMax} levels`);
  }

  #read(bytes: Buffer, start: number, end: number): Topic | undefined {
    const text = readText(bytes, start, end);
    // [MQTT-4.7.3-1], [MQTT-3.3.2-2]
    if (text === undefined || text === '' || /[+#]/.test(text)) return undefined;
    let levels = 1;
    for (let at = text.indexOf('/'); at >= 0; at = text.indexOf('/', at + 1)) levels += 1;
    if (levels > this.#levelsMax) return undefined;
    return new Topic(text, Buffer.from(bytes.subarray(start, end)));
  }
}
