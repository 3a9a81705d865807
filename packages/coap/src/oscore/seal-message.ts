import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { isRequest, isResponse, methods, responses } from '../codes.ts';
import type { Message, Option } from '../message.ts';
import { bodySize, decodeBody, encodeBody } from '../wire/option-list.ts';
import type { Binding, OscoreContext } from './context.ts';
import { oscoreFaults } from './faults.ts';
import { find, joinOptions, numbers, splitRequest, splitResponse, withOption } from './option-class.ts';
import { encodeOptionValue, encodePartialIv, type OptionValue } from './option-value.ts';

/**
 * RFC 8613 §8.1. The sequence number must never have been used with this context. Throws COAP_OSCORE_MESSAGE_INVALID for
 * a message that cannot be protected, before the number has been used.
 */
export function sealRequest(
  context: OscoreContext,
  request: Message,
  sequence: number,
): { readonly message: Message; readonly binding: Binding } {
  const { inner, outer } = splitOrThrow(splitRequest(request.options));
  const plaintext = plaintextOf(context, request, inner);
  const partialIv = encodePartialIv(sequence);
  const binding = context.bind(context.senderId, partialIv);
  const kidContext = context.announceIdContext ? context.idContext : undefined;
  const value = encodeOptionValue({ partialIv, kidContext, kid: context.senderId });
  const message: Message = {
    code: find(inner, numbers.observe) ? methods.FETCH : methods.POST,
    token: request.token,
    options: withOption(outer, { number: numbers.oscore, value }),
    payload: context.seal(binding.nonce, binding.aad, plaintext),
  };
  return { message, binding };
}

export type UnsealedRequest =
  | { readonly kind: 'request'; readonly message: Message; readonly binding: Binding }
  /** Another key made it, or something changed it. */
  | { readonly kind: 'undecryptable' }
  /** The peer made it, and it is not a request. */
  | { readonly kind: 'malformed'; readonly why: string };

/** RFC 8613 §8.2 from step 4: `partialIv` was not seen before, `kid` is the context's recipient id. */
export function unsealRequest(
  context: OscoreContext,
  request: Message,
  kid: Buffer,
  partialIv: Buffer,
): UnsealedRequest {
  // The datagram's memory may be used again; the binding may outlive it by the life of an observation.
  const binding = context.bind(Buffer.from(kid), Buffer.from(partialIv));
  const plaintext = context.unseal(binding.nonce, binding.aad, request.payload);
  if (!plaintext) return { kind: 'undecryptable' };
  const message = messageOf(plaintext, request, isRequest);
  return message.ok ? { kind: 'request', message: message.value, binding } : { kind: 'malformed', why: message.why };
}

/**
 * RFC 8613 §8.3. Without `sequence` the nonce of the request is used, which must not have happened before. Throws
 * COAP_OSCORE_MESSAGE_INVALID.
 */
export function sealResponse(context: OscoreContext, binding: Binding, response: Message, sequence?: number): Message {
  const { inner, outer } = splitOrThrow(splitResponse(response.options));
  const plaintext = plaintextOf(context, response, inner);
  const partialIv = sequence === undefined ? undefined : encodePartialIv(sequence);
  const nonce = partialIv ? context.nonce(context.senderId, partialIv) : binding.nonce;
  const value = encodeOptionValue({ partialIv, kidContext: undefined, kid: undefined });
  return {
    code: find(inner, numbers.observe) ? responses.content : responses.changed,
    token: response.token,
    options: withOption(outer, { number: numbers.oscore, value }),
    payload: context.seal(nonce, binding.aad, plaintext),
  };
}

/** RFC 8613 §8.4 from step 3. */
export function unsealResponse(
  context: OscoreContext,
  binding: Binding,
  response: Message,
  { partialIv }: OptionValue,
): Decoded<Message> {
  const nonce = partialIv ? context.nonce(context.recipientId, partialIv) : binding.nonce;
  const plaintext = context.unseal(nonce, binding.aad, response.payload);
  return plaintext ? messageOf(plaintext, response, isResponse) : undecodable('it cannot be decrypted');
}

function splitOrThrow<Split>(split: Decoded<Split>): Split {
  if (!split.ok) throw oscoreFaults('COAP_OSCORE_MESSAGE_INVALID', split.why);
  return split.value;
}

/** RFC 8613 §5.3: `plaintext = code:u8 body`, with the inner options in the body. */
function plaintextOf(context: OscoreContext, { code, payload }: Message, inner: readonly Option[]): Buffer {
  const size = 1 + bodySize(inner, payload);
  if (size > context.plaintextMax) {
    throw oscoreFaults('COAP_OSCORE_MESSAGE_INVALID', `a plaintext of ${size} bytes is too long for the algorithm`, {
      size,
      plaintextMax: context.plaintextMax,
    });
  }
  const plaintext = Buffer.alloc(size, code);
  encodeBody(inner, payload, plaintext, 1);
  return plaintext;
}

function messageOf(plaintext: Buffer, outer: Message, isFit: (code: number) => boolean): Decoded<Message> {
  const code = plaintext[0];
  if (code === undefined || !isFit(code)) return undecodable('the plaintext has no code that fits');
  const body = decodeBody(plaintext, 1);
  if (!body.ok) return body;
  const { options, payload } = body.value;
  if (find(options, numbers.oscore)) return undecodable('the plaintext has an OSCORE option');
  return decoded({ code, token: outer.token, options: joinOptions(options, outer.options), payload });
}
