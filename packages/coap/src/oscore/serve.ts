import { describeFailure, type Log, type Meter } from '@selvedge/kernel';
import { responses } from '../codes.ts';
import type { Message } from '../message.ts';
import type { MaybePromise, UnprotectedRequest } from '../ports.ts';
import type { Binding } from './context.ts';
import type { Contexts } from './contexts.ts';
import type { HeldContext } from './held-context.ts';
import { find, numbers } from './option-class.ts';
import { decodeOptionValue, sequenceOf } from './option-value.ts';
import { sealResponse, unsealRequest } from './seal-message.ts';

export interface ServeWorld {
  readonly contexts: Contexts;
  readonly log: Log;
  /** Whether one more error may leave now that nobody has protected. */
  readonly mayRefuse: () => boolean;
  readonly requests: Meter | undefined;
  readonly silences: Meter | undefined;
}

/** The server's side (RFC 8613 §8.2, §8.3 and appendix B.1.2). */
export function unprotectRequest(request: Message, world: ServeWorld): MaybePromise<UnprotectedRequest> {
  const options = request.options.filter(({ number }) => number === numbers.oscore);
  if (options.length === 0) return { kind: 'plain' };
  const value = decodeOptionValue(options[0]!.value);
  if (options.length > 1 || !value.ok || !value.value.partialIv || !value.value.kid || request.payload.length === 0)
    return refuse(request, world, refusals.undecodable);

  const { partialIv, kid, kidContext } = value.value;
  const sequence = sequenceOf(partialIv);
  const candidates = world.contexts.candidates(kid, kidContext);
  let refusal: Refusal = candidates.length === 0 ? refusals.contextless : refusals.undecryptable;
  for (const held of candidates) {
    if (held.hasSeen(sequence)) {
      refusal = refusals.replayed;
      continue;
    }
    const unsealed = unsealRequest(held.context, request, kid, partialIv);
    if (unsealed.kind === 'undecryptable') continue;
    if (unsealed.kind === 'request') return judge(unsealed.message, unsealed.binding, sequence, held, world);
    if (held.isWindowKnown) void held.accept(sequence)?.catch(() => undefined);
    return refuse(request, world, refusals.malformed);
  }
  return refuse(request, world, refusal);
}

/** What the peer has made is taken once, and only if it is known to be new. */
function judge(
  message: Message,
  binding: Binding,
  sequence: number,
  held: HeldContext,
  world: ServeWorld,
): MaybePromise<UnprotectedRequest> {
  let taken = message;
  if (!held.isWindowKnown) {
    if (!find(message.options, numbers.echo)?.value.equals(held.challenge))
      return challenge(message, binding, held, world);
    taken = { ...message, options: message.options.filter(({ number }) => number !== numbers.echo) };
  }
  const result = requestOf(taken, binding, held, world.log);
  const durable = held.accept(sequence);
  if (!durable) {
    world.requests?.add(1, 'accepted');
    return result;
  }
  return durable.then(
    () => {
      world.requests?.add(1, held.revoked ? 'revoked' : 'accepted');
      return held.revoked ? { kind: 'ignored' } : result;
    },
    (cause: unknown) => {
      // Answering would be answering twice after a restart, with the same nonce: the peer has to ask again.
      world.log.warn('oscore.request.dropped', { identity: held.context.identity, ...describeFailure(cause) });
      world.requests?.add(1, 'unsaved');
      return { kind: 'ignored' };
    },
  );
}

/** 4.01 with nothing but the Echo option, under a number of our own because the request's may have been used before. */
async function challenge(
  message: Message,
  binding: Binding,
  held: HeldContext,
  { requests, silences, log }: ServeWorld,
): Promise<UnprotectedRequest> {
  requests?.add(1, 'challenged');
  if (!held.mayChallenge()) {
    silences?.add(1, 'challenge');
    return { kind: 'ignored' };
  }
  const response: Message = {
    code: responses.unauthorized,
    token: message.token,
    options: [{ number: numbers.echo, value: held.challenge }],
    payload: Buffer.alloc(0),
  };
  try {
    const sequence = await held.takeSequence();
    return { kind: 'refused', response: sealResponse(held.context, binding, response, sequence) };
  } catch (cause) {
    log.warn('oscore.request.dropped', { identity: held.context.identity, ...describeFailure(cause) });
    return { kind: 'ignored' };
  }
}

function requestOf(message: Message, binding: Binding, held: HeldContext, log: Log): UnprotectedRequest {
  const { context } = held;
  // All answers to an observation's request have a number of their own; the others share the request's nonce, once.
  let isNonceFree = find(message.options, numbers.observe) === undefined;
  const protect = async (response: Message, notification: boolean): Promise<Message> => {
    if (isNonceFree && !notification && !held.revoked) {
      isNonceFree = false;
      return sealResponse(context, binding, response);
    }
    const sequence = await held.takeSequence();
    return sealResponse(context, binding, response, sequence);
  };
  return {
    kind: 'request',
    message,
    identity: context.identity,
    protect: (response, { notification }) =>
      protect(response, notification).catch((cause: unknown) => {
        log.warn('oscore.response.withheld', { identity: context.identity, ...describeFailure(cause) });
        return errorOf(message, held.revoked ? refusals.contextless : withheld);
      }),
  };
}

/** Stands for a response that cannot be protected any more, and so must not leave; it ends an observation. */
const withheld = { code: responses.serviceUnavailable, text: '' };

/** What is answered unprotected (RFC 8613 §8.2), and how it is counted. The texts are the RFC's. */
const refusals = {
  undecodable: { result: 'undecodable', code: responses.badOption, text: 'Failed to decode COSE' },
  contextless: { result: 'contextless', code: responses.unauthorized, text: 'Security context not found' },
  replayed: { result: 'replayed', code: responses.unauthorized, text: 'Replay detected' },
  undecryptable: { result: 'undecryptable', code: responses.badRequest, text: 'Decryption failed' },
  malformed: { result: 'malformed', code: responses.badRequest, text: 'Failed to decode plaintext' },
} as const;

type Refusal = (typeof refusals)[keyof typeof refusals];

function refuse(
  request: Message,
  { requests, silences, mayRefuse }: ServeWorld,
  { result, code, text }: Refusal,
): UnprotectedRequest {
  requests?.add(1, result);
  if (!mayRefuse()) {
    silences?.add(1, 'error');
    return { kind: 'ignored' };
  }
  return { kind: 'refused', response: errorOf(request, { code, text }) };
}

/** Not protected, and not to be cached on the way. */
const errorOf = (request: Message, { code, text }: { readonly code: number; readonly text: string }): Message => ({
  code,
  token: request.token,
  options: [{ number: numbers.maxAge, value: Buffer.alloc(0) }],
  payload: Buffer.from(text),
});
