import { decodeCbor } from './cbor.ts';
import { decodeJson } from './json.ts';
import { decodeJsonList } from './json-list.ts';
import { decodeMessagePack } from './message-pack.ts';
import { decodeNdjson } from './ndjson.ts';
import type { PayloadDecoder } from './payload-decoder.ts';
import { decodeSenml } from './senml.ts';
import { decodeSenmlCbor } from './senml-cbor.ts';

/** Decoders of payloads that say all by themselves, whatever the topic. */
export const payloadDecoders: Readonly<Record<string, PayloadDecoder>> = {
  json(draft, bytes, start, end, emit) {
    const failure = decodeJson(draft, bytes, start, end);
    if (!failure) emit();
    return failure;
  },
  senml: decodeSenml,
  cbor: decodeCbor,
  'senml-cbor': decodeSenmlCbor,
  'message-pack': decodeMessagePack,
  'json-list': decodeJsonList,
  ndjson: decodeNdjson,
};
