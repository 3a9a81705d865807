import { emitObjects, plainRules } from './members.ts';
import { type PayloadFailure, unfit } from './payload-failure.ts';
import type { TopicDecoder } from './topic-decoder.ts';

/** What a decoder of one's own makes of a payload: one reading, several, or why it is none. */
export type CustomAnswer = CustomReading | readonly CustomReading[] | { readonly why: string };

export interface CustomReading {
  /** Numbers, switches and texts by name; objects and lists inside are flattened with dots, as in a JSON payload. */
  readonly values: Readonly<Record<string, unknown>>;
  /** When they were taken: as in a JSON payload. Without it the time of arrival counts. */
  readonly timestamp?: number | string;
  /** They name the reading, and only come together. */
  readonly boot?: number;
  readonly seq?: number;
}

/** A pure function: the same topic and payload always give the same answer. It runs within the node, so it must be quick. */
export type CustomDecode = (topic: string, payload: Uint8Array) => CustomAnswer;

/** More readings than that from one payload are a mistake. */
const readingsMax = 10_000;

/**
 * Makes a user's function a decoder that can be trusted: it gets a copy of the bytes, and what it throws, or gives that
 * is no answer, is `decoder-failed`. How long it takes cannot be bounded within the process.
 */
export const customDecoder =
  (name: string, decode: CustomDecode): TopicDecoder =>
  ({ topic, levels }) => ({
    levels,
    decode(draft, bytes, start, end, emit) {
      const objects = ask(name, decode, topic, new Uint8Array(bytes.subarray(start, end)));
      return 'reason' in objects ? objects : emitObjects(draft, objects, plainRules, emit);
    },
  });

/** The answer as the objects that `decodeJson` would read, or why it is none. */
function ask(
  name: string,
  decode: CustomDecode,
  topic: string,
  payload: Uint8Array,
): readonly unknown[] | PayloadFailure {
  try {
    const answer: unknown = decode(topic, payload);
    if (isRefusal(answer)) return unfit('decoder-refused', `${name}: ${shown(answer.why)}`);
    const readings: readonly unknown[] = Array.isArray(answer) ? answer : [answer];
    if (readings.length > readingsMax) return failed(name, `gave ${readings.length} readings at once`);
    const objects = readings.map(objectOf);
    return objects.includes(undefined) ? failed(name, mistakeIn(answer)) : objects;
  } catch (cause) {
    return failed(name, `threw ${cause instanceof Error ? shown(cause.message) : typeof cause}`);
  }
}

const failed = (name: string, why: string): PayloadFailure => unfit('decoder-failed', `${name} ${why}`);

const isRefusal = (answer: unknown): answer is { readonly why: string } =>
  typeof answer === 'object' && answer !== null && 'why' in answer && typeof answer.why === 'string';

/** A copy, so that no getter or proxy of the user's is asked again; what cannot be copied throws. */
function objectOf(reading: unknown): object | undefined {
  const { values, timestamp, boot, seq } = (reading ?? {}) as Partial<CustomReading>;
  if (typeof values !== 'object' || values === null || Array.isArray(values)) return undefined;
  return {
    ...structuredClone(values),
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(boot === undefined ? {} : { $boot: boot }),
    ...(seq === undefined ? {} : { $seq: seq }),
  };
}

function mistakeIn(answer: unknown): string {
  if (!(answer instanceof Promise)) return 'gave no values';
  // Nobody waits for it, and a rejection that nobody hears would end the process.
  answer.catch(() => undefined);
  return 'gave a promise, but must answer at once';
}

const shown = (text: string): string => String(text).toWellFormed().slice(0, 200);
