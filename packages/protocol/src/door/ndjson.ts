import { parseJson } from './json-text.ts';
import { emitObjects, plainRules } from './members.ts';
import type { PayloadDecoder } from './payload-decoder.ts';
import { unfit } from './payload-failure.ts';

/** Newline-delimited JSON: a line is a reading, an object of values as `decodeJson` has it. Blank lines mean nothing. */
export const decodeNdjson: PayloadDecoder = (draft, bytes, start, end, emit) => {
  const objects: unknown[] = [];
  for (let at = start, line = 1; at < end; line++) {
    const found = bytes.indexOf(newline, at);
    const lineEnd = found < 0 || found > end ? end : found;
    if (!isBlank(bytes, at, lineEnd)) {
      const parsed = parseJson(bytes, at, lineEnd);
      if ('reason' in parsed) return unfit(parsed.reason, `line ${line}: ${parsed.why}`);
      objects.push(parsed.value);
    }
    at = lineEnd + 1;
  }
  return emitObjects(draft, objects, plainRules, emit);
};

const newline = 0x0a;

/** A line may also end in CR LF. */
const isBlank = (bytes: Uint8Array, start: number, end: number): boolean =>
  end === start || (end === start + 1 && bytes[start] === 0x0d);
