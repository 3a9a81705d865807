import { emitObjects, plainRules } from './members.ts';
import { parseMessagePack } from './message-pack-parse.ts';
import type { PayloadDecoder } from './payload-decoder.ts';

/** MessagePack: a map of values that means what the same object means in JSON, or a list of such maps. */
export const decodeMessagePack: PayloadDecoder = (draft, bytes, start, end, emit) => {
  const parsed = parseMessagePack(bytes, start, end);
  if ('reason' in parsed) return parsed;
  return emitObjects(draft, Array.isArray(parsed.value) ? parsed.value : [parsed.value], plainRules, emit);
};
