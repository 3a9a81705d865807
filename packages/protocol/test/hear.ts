import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { checkTopicMaps } from '../src/door/check-topic-maps.ts';
import { type Decoders, decoders } from '../src/door/decoders.ts';
import type { PayloadDecoder } from '../src/door/payload-decoder.ts';
import { mapTopic } from '../src/door/topic-map.ts';
import type { Value } from '../src/reading.ts';
import { clearDraft, emptyDraft } from '../src/reading-draft.ts';

export interface HeardReading {
  readonly takenAt: number;
  readonly values: Readonly<Record<string, Value>>;
  /** `[boot, seq]` where the payload named the reading. */
  readonly name?: readonly [number, number];
}

export interface Heard {
  readonly readings: readonly HeardReading[];
  /** Undefined when the payload was taken. */
  readonly reason: string | undefined;
  readonly why: string;
}

const draft = emptyDraft();

/** What a decoder makes of a payload that lies among other bytes, with a draft that still holds an earlier reading. */
export function decodeWith(decode: PayloadDecoder, payload: string | Uint8Array): Heard {
  const own = Buffer.from(payload as string);
  const bytes = Buffer.concat([Buffer.from('{"x":'), own, Buffer.from('1}')]);
  const readings: HeardReading[] = [];
  clearDraft(draft);
  const failure = decode(draft, bytes, 5, 5 + own.length, () => {
    const names = draft.names.slice(0, draft.count);
    const values = Object.fromEntries(names.map((name, index) => [name, draft.values[index]!]));
    const name = draft.boot < 0 ? {} : { name: [draft.boot, draft.seq] as const };
    readings.push({ takenAt: draft.takenAt, values, ...name });
  });
  if (failure) {
    assert.deepEqual(readings, [], 'a refused payload emitted a reading');
    assert.match(failure.reason, /^[a-z0-9-]+$/);
    assert.ok(failure.why.length > 0 && failure.why.length < 300, failure.why);
  } else assert.ok(readings.length > 0, 'a payload that was taken emitted nothing');
  return { readings, reason: failure?.reason, why: failure?.why ?? '' };
}

/** A node with these topic maps and its own memory: what it hears on a topic, undefined when no map covers it. */
export function node(maps: unknown, own?: Decoders) {
  const checked = checkTopicMaps(maps);
  assert.ok(checked.ok, checked.ok ? '' : checked.why);
  const set = decoders(own);
  return (topic: string, payload: string | Uint8Array): (Heard & { readonly device: string }) | undefined => {
    const mapped = mapTopic(checked.value, topic, set);
    return mapped && { device: mapped.device, ...decodeWith(mapped.decode, payload) };
  };
}
