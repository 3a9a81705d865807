import type { Value } from '../reading.ts';
import type { ReadingDraft } from '../reading-draft.ts';
import { addValue } from './add-value.ts';
import { switchOf } from './members.ts';
import { type PayloadFailure, unfit } from './payload-failure.ts';
import { fillPlaceholders } from './placeholders.ts';
import type { TopicDecoder } from './topic-decoder.ts';
import { readUtf8 } from './utf8.ts';

/** One number, switch or text as text: `21.5`, `true`, `on`, `"closed"`, `closed`. Its name is the map's `metric`. */
export const decodeValue: TopicDecoder = ({ map, levels }) => {
  const metric = fillPlaceholders(map.metric ?? '', levels);
  return {
    levels,
    decode(draft, bytes, start, end, emit) {
      const failure = addValueText(draft, metric, readUtf8(bytes, start, end));
      if (!failure) emit();
      return failure;
    },
  };
};

/** Adds what a text says; `undefined` stands for bytes that are not UTF-8. */
export function addValueText(draft: ReadingDraft, name: string, text: string | undefined): PayloadFailure | undefined {
  if (text === undefined) return unfit('payload-not-utf8', 'the payload is not UTF-8');
  const trimmed = text.trim();
  if (trimmed === '') return unfit('no-value', 'the payload is empty');
  if (/^[{[]/.test(trimmed))
    return unfit('payload-not-value', 'the payload is a structure where one value was expected');
  return addValue(draft, name, readValue(trimmed));
}

const number = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const beyondMeasure = /^[+-]?(?:nan|inf|infinity)$/i;

function readValue(text: string): Value {
  if (number.test(text)) return Number(text);
  // A sensor that fails prints these; `addValue` refuses them with the reason that every decoder gives.
  if (beyondMeasure.test(text)) return Number.NaN;
  if (/^(?:true|false)$/i.test(text)) return text.length === 4;
  return switchOf(text) ?? unquoted(text);
}

function unquoted(text: string): string {
  if (!/^".*"$/s.test(text)) return text;
  try {
    return JSON.parse(text) as string;
  } catch {
    return text;
  }
}
