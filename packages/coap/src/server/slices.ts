import { codeClass, responses } from '../codes.ts';
import type { Limits } from '../config.ts';
import type { Line } from '../line.ts';
import type { Message, Option } from '../message.ts';
import { type Block, bert, blockNumberMax, blockOption, blockSize, szxWithin } from '../options/block.ts';
import { sorted } from '../options/build.ts';
import { has } from '../options/read.ts';
import { registry } from '../options/registry.ts';
import { encodeUint } from '../options/uint.ts';
import { type Composed, composeError, etagOf } from './compose.ts';

/** Bytes that a `Security` may add to a message. */
const protectionMax = 48;

export interface Sliced {
  readonly message: Message;
  /** More blocks follow, so the response has to stay as it is. */
  readonly more: boolean;
}

export interface SliceContext {
  readonly line: Line;
  readonly token: Buffer;
  /** The Block2 option of the request. */
  readonly asked: Block | undefined;
  readonly isProtected: boolean;
  /** Added to whatever is sent: Observe, Block1, Echo. */
  readonly more: readonly Option[];
}

/**
 * The part of a response that fits: the whole of it, or the block that was asked for, no larger than the peer wants and
 * than may be sent to it now (RFC 7959 §2.4). Where not even 16 bytes of it may be sent, 4.01.
 */
export function slice(response: Composed, context: SliceContext, limits: Limits): Sliced {
  const { line, token, more } = context;
  const { payload, code } = response;
  const isError = codeClass(code) !== 2;
  const asked = isError ? undefined : context.asked;
  const plain = messageOf(response, token, more, payload);
  const spare = context.isProtected ? protectionMax : 0;
  const room = line.room() - spare;
  const sizeMax = line.reliable ? room : Math.min(room, limits.datagramSizeMax);
  const wholeMax = line.reliable ? Number.POSITIVE_INFINITY : limits.blockSizeMax;
  if (!asked && payload.length <= wholeMax && line.sizeOf(plain) <= sizeMax) return { message: plain, more: false };

  const withTag = has(response, registry.etag.number)
    ? response
    : { ...response, options: [...response.options, { number: registry.etag.number, value: etagOf(response) }] };
  // The sizes of a block option and a Size2 at their largest.
  const head = messageOf(withTag, token, more, Buffer.alloc(0));
  const blockRoom = sizeMax - line.sizeOf(head) - 12;
  const szx = sizeOfBlock(asked, line, Math.min(blockRoom, payload.length <= 16 ? 16 : blockRoom), limits);
  if (szx === undefined) {
    // A diagnostic is spared before the code.
    if (isError && payload.length > 0) return slice(composeError(code), context, limits);
    return { message: messageOf(composeError(responses.unauthorized), token, more, Buffer.alloc(0)), more: false };
  }
  const from = asked ? asked.number * blockSize(asked.szx) : 0;
  if (from > 0 && from >= payload.length) {
    const error = composeError(responses.badRequest, `${payload.length} bytes have no byte ${from}`);
    return { message: messageOf(error, token, more, error.payload), more: false };
  }
  const unit = blockSize(szx);
  const length = szx === bert ? Math.max(unit, Math.floor(blockRoom / unit) * unit) : unit;
  const part = payload.subarray(from, from + length);
  const goesOn = from + part.length < payload.length;
  const number = from / unit;
  if (number > blockNumberMax) {
    return {
      message: messageOf(composeError(responses.internalServerError), token, more, Buffer.alloc(0)),
      more: false,
    };
  }
  const blocks = [blockOption(registry.block2.number, { number, more: goesOn, szx })];
  if (number === 0 && goesOn) blocks.push({ number: registry.size2.number, value: encodeUint(payload.length) });
  const tagged = number > 0 || goesOn ? withTag : response;
  return { message: messageOf(tagged, token, [...more, ...blocks], part), more: goesOn };
}

function sizeOfBlock(asked: Block | undefined, line: Line, room: number, limits: Limits): number | undefined {
  const wants = asked?.szx ?? (line.bert ? bert : 6);
  if (wants === bert && line.bert && room >= blockSize(bert)) return bert;
  const fits = szxWithin(Math.min(room, limits.blockSizeMax));
  return fits === undefined ? undefined : Math.min(wants, fits);
}

const messageOf = (response: Composed, token: Buffer, more: readonly Option[], payload: Buffer): Message => ({
  code: response.code,
  token,
  options: more.length === 0 ? sorted(response.options) : sorted([...response.options, ...more]),
  payload,
});
