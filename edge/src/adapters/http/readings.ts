import type { Buffer } from 'node:buffer';
import { topics } from '@selvedge/protocol';
import type { DeviceIntake, Gate, ReadingsRequest, RequestOutcome } from '../../ports.ts';
import { authorize, stillHolds } from './admission.ts';
import { type Splitter, splitter } from './body/splitter.ts';
import { type Answer, bodyOf, deviceOf, type Handler } from './exchange.ts';
import { httpFaults } from './faults.ts';
import { readMedia } from './media.ts';
import { problemOf } from './problem.ts';
import type { Slots } from './slots.ts';

export interface ReadingsParts {
  readonly gate: Gate;
  readonly intake: DeviceIntake;
  readonly bodyMax: number;
  readonly payloadMax: number;
  /** Requests with bodies that are under way. */
  readonly requests: Slots;
  /** Bytes for the windows of decoders. */
  readonly windows: Slots;
  readonly countBytes: (bytes: number) => void;
}

/** Payloads are taken together when they are so many or so large; a body within these is taken all or none. */
const partPayloads = 256;
const partBytes = 64 * 1_024;

/** Beyond so many payloads that do not fit the rest is not looked at: it would fill the quarantine with one mistake. */
const unfitMax = 100;

/** `POST /v1/devices/{id}/readings`: answers 202 when the readings are durable. */
export function postReadings(parts: ReadingsParts): Handler {
  return async (exchange) => {
    const device = deviceOf(exchange);
    const principal = await authorize(parts.gate, exchange, 'publish', topics.reading(device));
    const { headers } = exchange.request;
    const media = readMedia(headers['content-type']);
    if (!media)
      throw httpFaults('HTTP_MEDIA_UNKNOWN', `${headers['content-type'] ?? 'no media type'} is not understood`);
    const key = readKey(headers['idempotency-key']);
    const giveBack = parts.requests.take(1);
    const request = parts.intake.openRequest(device, media.decoder, key);
    try {
      if (request === 'busy') throw httpFaults('HTTP_KEY_BUSY', `a request under key ${key} is under way`);
      const body = counted(bodyOf(exchange, { bodyMax: parts.bodyMax, lend: parts.windows.take }), parts.countBytes);
      await takeAll(request, body, splitter(media, parts.payloadMax), () => stillHolds(parts.gate, principal));
      return answerOf(request.outcome);
    } catch (cause) {
      if (request === 'busy') throw cause;
      // Earlier parts of a long body are durable, and the client must know.
      return problemAnswer(cause, countsOf(request.outcome));
    } finally {
      if (request !== 'busy') request.release();
      giveBack();
    }
  };
}

/** Takes the payloads of a body part by part, each durable before the next is read; `check` may end it before each. */
export async function takeAll(
  request: ReadingsRequest,
  body: AsyncIterable<Buffer>,
  payloads: Splitter,
  check: () => void,
): Promise<void> {
  let part: Buffer[] = [];
  let size = 0;
  const flush = async (last: boolean): Promise<void> => {
    const taken = part;
    part = [];
    size = 0;
    check();
    await takeDurably(request, taken, last);
  };
  const add = (payload: Buffer): boolean => {
    part.push(payload);
    size += payload.length;
    return part.length === partPayloads || size >= partBytes;
  };
  for await (const bytes of body) {
    for (const payload of payloads.push(bytes)) if (add(payload)) await flush(false);
  }
  for (const payload of payloads.end()) add(payload);
  await flush(true);
}

/** The commit is asked for in the turn of the taking, also when that was refused in the middle. */
async function takeDurably(request: ReadingsRequest, payloads: readonly Buffer[], last: boolean): Promise<void> {
  let refusal: unknown;
  try {
    request.take(payloads, last);
  } catch (cause) {
    refusal = cause;
  }
  await request.commit();
  if (refusal !== undefined) throw refusal;
  const { quarantined } = request.outcome;
  if (quarantined > unfitMax && !last)
    throw httpFaults('HTTP_UNFIT', `${quarantined} payloads do not fit; the rest of the body was not read`);
}

function answerOf(outcome: RequestOutcome): Answer {
  const { taken, duplicates, failures } = outcome;
  const [first] = failures;
  if (!first || taken + duplicates > 0) return { status: 202, body: countsOf(outcome) };
  return unfit(first, countsOf(outcome));
}

/** What was sent is kept in quarantine, and whoever sent it is told why. */
export function unfit(
  { reason, why }: { readonly reason: string; readonly why: string },
  more: Readonly<Record<string, unknown>> = {},
): Answer {
  return problemAnswer(httpFaults('HTTP_UNFIT', `${reason}: ${why}`), { reason, ...more });
}

const problemAnswer = (cause: unknown, more: Readonly<Record<string, unknown>>): Answer => {
  const { status, headers, body, isOurs } = problemOf(cause, more);
  if (isOurs) throw cause;
  return { status, headers, body };
};

const countsOf = ({ taken, duplicates, quarantined, failures }: RequestOutcome): Readonly<Record<string, unknown>> => ({
  taken,
  duplicates,
  quarantined,
  ...(failures.length > 0 ? { failures } : {}),
});

/** An opaque name of the request, 1 to 255 printable characters. Throws HTTP_INVALID. */
function readKey(header: string | readonly string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && /^[\x21-\x7e]{1,255}$/.test(header)) return header;
  throw httpFaults('HTTP_INVALID', 'Idempotency-Key is not one word of 1 to 255 printable characters');
}

async function* counted(source: AsyncIterable<Buffer>, count: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const part of source) {
    count(part.length);
    yield part;
  }
}
