import type { Entropy } from '@selvedge/kernel';
import { codeName, methods, responses } from '../codes.ts';
import type { Limits } from '../config.ts';
import { coapFaults } from '../faults.ts';
import type { Line } from '../line.ts';
import type { Option } from '../message.ts';
import { type Block, bert, blockOf, blockOption, blockSize, szxWithin } from '../options/block.ts';
import { sorted } from '../options/build.ts';
import * as read from '../options/read.ts';
import { registry } from '../options/registry.ts';
import { encodeUint } from '../options/uint.ts';
import type { Answered, Asking, Exchanges, Unsent } from './exchanges.ts';

/** Bodies of any size, in blocks where they need them (RFC 7959). */
export interface Transfers {
  /** Sends the whole request and gives the response with its whole body. */
  request(line: Line, request: Unsent, about: TransferAbout): Promise<Answered>;
  /** Fetches the blocks that are missing from a response to `request`. */
  complete(line: Line, request: Unsent, first: Answered, about: TransferAbout): Promise<Answered>;
}

export interface TransferAbout extends Asking {
  /** Bytes of the largest block wanted. */
  readonly blockSize?: number | undefined;
  /** Give the blocks of the response as they come: the request says which it wants. */
  readonly single?: boolean | undefined;
}

/** A body is sent from its beginning so often. */
const attemptsMax = 2;

/** Bytes that options without a fixed place may add while a body goes out in blocks, with what a `Security` adds. */
const spare = 80;

export function transfers(limits: Limits, exchanges: Exchanges, { entropy }: { readonly entropy: Entropy }): Transfers {
  const numbers = { block1: registry.block1.number, block2: registry.block2.number };

  /** One request and its response; who asks for an echo is given it (RFC 9175 §2.3). */
  const ask = async (line: Line, request: Unsent, about: TransferAbout): Promise<Answered> => {
    const answered = await exchanges.request(line, request, about);
    const echo = read.echo(answered.message);
    if (!echo || answered.message.code !== responses.unauthorized || read.echo(request)) return answered;
    return exchanges.request(line, withOptions(request, { number: registry.echo.number, value: echo }), about);
  };

  const messageMax = (line: Line): number => (line.reliable ? line.room() : limits.datagramSizeMax);

  /** The size of block to begin with, or undefined where the body needs none. */
  const firstSize = (line: Line, request: Unsent, wanted: number | undefined): number | undefined => {
    const room = messageMax(line) - spare - sizeOf(line, { ...request, payload: Buffer.alloc(0) });
    const whole = line.reliable ? room : Math.min(room, limits.blockSizeMax);
    if (request.payload.length <= Math.min(whole, wanted ?? whole)) return undefined;
    if (line.bert && wanted === undefined && room >= 1_024) return bert;
    return szxWithin(Math.max(16, Math.min(room, limits.blockSizeMax, wanted ?? limits.blockSizeMax)));
  };

  /** With the request as it was sent, because the blocks of its response are asked for in the same words. */
  const upload = async (
    line: Line,
    plain: Unsent,
    about: TransferAbout,
  ): Promise<{ readonly answered: Answered; readonly request: Unsent }> => {
    // Tells this body from others to the same resource (RFC 9175 §3.3).
    const tag = { number: registry.requestTag.number, value: Buffer.from(entropy.bytes(4)) };
    let request = plain;
    let szx = firstSize(line, plain, about.blockSize);
    for (let attempt = 1; ; attempt++) {
      if (szx !== undefined) request = withOptions(plain, tag);
      const answered = szx === undefined ? await ask(line, request, about) : await blocks(line, request, szx, about);
      const { message } = answered;
      const hint = blockOf(message.options, numbers.block1, line.bert);
      const again =
        request.payload.length > 16 &&
        attempt < attemptsMax &&
        ((message.code === responses.requestEntityTooLarge && hint && hint.szx < (szx ?? bert + 1)) ||
          (message.code === responses.requestEntityIncomplete && szx !== undefined));
      if (!again) return { answered, request };
      szx = hint?.szx ?? szx;
    }
  };

  const blocks = async (line: Line, request: Unsent, first: number, about: TransferAbout): Promise<Answered> => {
    const { payload } = request;
    let szx = first;
    for (let from = 0; ; ) {
      const part = payload.subarray(from, from + lengthOf(line, szx));
      const more = from + part.length < payload.length;
      const block = blockOption(numbers.block1, { number: from / blockSize(szx), more, szx });
      const size = from === 0 ? [{ number: registry.size1.number, value: encodeUint(payload.length) }] : [];
      const answered = await ask(line, { ...withOptions(request, block, ...size), payload: part }, about);
      if (!more || answered.message.code !== responses.continue) return answered;
      from += part.length;
      const theirs = blockOf(answered.message.options, numbers.block1, line.bert);
      if (theirs && theirs.szx < szx) szx = theirs.szx;
    }
  };

  const lengthOf = (line: Line, szx: number): number => {
    if (szx !== bert) return blockSize(szx);
    return Math.max(1, Math.floor((line.room() - spare) / 1_024)) * 1_024;
  };

  const complete = async (line: Line, request: Unsent, first: Answered, about: TransferAbout): Promise<Answered> => {
    const unobserved = { ...request, options: read.without(request.options, registry.observe.number) };
    let answered = first;
    for (let attempt = 1; ; attempt++) {
      const whole = await download(line, request, answered, about);
      if (whole) return whole;
      if (attempt === attemptsMax || request.code !== methods.GET)
        throw coapFaults('COAP_CHANGED', 'the resource changed while its blocks were fetched');
      answered = await ask(line, unobserved, about);
    }
  };

  /** undefined: the content is not the same any more. */
  const download = async (
    line: Line,
    request: Unsent,
    first: Answered,
    about: TransferAbout,
  ): Promise<Answered | undefined> => {
    const { message } = first;
    let block = blockOf(message.options, numbers.block2, line.bert);
    if (!block || (block.number === 0 && !block.more)) return first;
    if (block.number !== 0) throw invalid(line, `block ${block.number} came where the first was asked for`);
    const tag = read.etag(message);
    const parts = [message.payload];
    let size = check(line, message.payload.length, read.size2(message) ?? 0);
    let echo = read.echo(message);
    while (block.more) {
      if (message.payload.length === 0) throw invalid(line, 'a block that goes on is empty');
      const next: Block = { number: size / blockSize(block.szx), more: false, szx: block.szx };
      if (!Number.isInteger(next.number)) throw invalid(line, `${size} bytes are no number of blocks`);
      const asked = followUp(request, next, echo);
      const { message: part } = await ask(line, asked, about);
      const got: Block | undefined = blockOf(part.options, numbers.block2, line.bert);
      if (part.code !== message.code || !got) {
        if (part.code === responses.requestEntityIncomplete || part.code === message.code) return undefined;
        throw invalid(line, `${codeName(part.code)} came where block ${next.number} was asked for`);
      }
      if (!sameTag(tag, read.etag(part))) return undefined;
      if (got.number * blockSize(got.szx) !== size || (got.more && part.payload.length === 0))
        throw invalid(line, `block ${got.number} came where ${next.number} was asked for`);
      parts.push(part.payload);
      size = check(line, size + part.payload.length, 0);
      echo = read.echo(part) ?? echo;
      block = got;
    }
    const options = read.without(message.options, numbers.block2, registry.size2.number);
    return { ...first, message: { ...message, options, payload: Buffer.concat(parts) } };
  };

  const check = (line: Line, size: number, announced: number): number => {
    const largest = Math.max(size, announced);
    if (largest <= limits.bodySizeMax) return size;
    throw coapFaults(
      'COAP_RESPONSE_TOO_LARGE',
      `the response has ${largest} bytes, ${limits.bodySizeMax} are allowed`,
      { host: line.peer.host, size: largest, sizeMax: limits.bodySizeMax },
    );
  };

  return {
    async request(line, request, about) {
      const wanted =
        about.blockSize === undefined || read.has(request, numbers.block2)
          ? request
          : withOptions(request, blockOption(numbers.block2, { number: 0, more: false, szx: szxOf(about.blockSize) }));
      const sent = await upload(line, wanted, about);
      return about.single ? sent.answered : complete(line, sent.request, sent.answered, about);
    },
    complete,
  };
}

const szxOf = (bytes: number): number => szxWithin(Math.max(16, bytes))!;

/** Asks for another block of the same response: without the body, and without observing anew. */
function followUp(request: Unsent, block: Block, echo: Buffer | undefined): Unsent {
  const kept = read.without(
    request.options,
    registry.observe.number,
    registry.block1.number,
    registry.block2.number,
    registry.size1.number,
    registry.etag.number,
    registry.echo.number,
  );
  const more = echo ? [{ number: registry.echo.number, value: echo }] : [];
  const options = sorted([...kept, blockOption(registry.block2.number, block), ...more]);
  return { code: request.code, options, payload: Buffer.alloc(0) };
}

const withOptions = (request: Unsent, ...more: readonly Option[]): Unsent => ({
  ...request,
  options: sorted([...request.options, ...more]),
});

const sizeOf = (line: Line, request: Unsent): number => line.sizeOf({ ...request, token: Buffer.alloc(8) });

const sameTag = (one: Buffer | undefined, other: Buffer | undefined): boolean =>
  one === undefined ? other === undefined : other !== undefined && one.equals(other);

const invalid = (line: Line, why: string) =>
  coapFaults('COAP_RESPONSE_INVALID', why, { host: line.peer.host, port: line.peer.port });
