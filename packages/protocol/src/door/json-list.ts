import { parseJson } from './json-text.ts';
import { emitObjects, plainRules } from './members.ts';
import type { PayloadDecoder } from './payload-decoder.ts';

/** JSON: one object of values as `decodeJson` has it, or a list of them, one reading each. */
export const decodeJsonList: PayloadDecoder = (draft, bytes, start, end, emit) => {
  const parsed = parseJson(bytes, start, end);
  if ('reason' in parsed) return parsed;
  return emitObjects(draft, Array.isArray(parsed.value) ? parsed.value : [parsed.value], plainRules, emit);
};
