import { type Decoded, decoded, type Meter, undecodable } from '@selvedge/kernel';
import { codeName, responses } from '../codes.ts';
import type { Message } from '../message.ts';
import type { ProtectedRequest } from '../ports.ts';
import type { Binding } from './context.ts';
import type { HeldContext } from './held-context.ts';
import { find, numbers, withOption } from './option-class.ts';
import { decodeOptionValue, type OptionValue, sequenceOf } from './option-value.ts';
import { sealRequest, unsealResponse } from './seal-message.ts';

/** What the registrations of one observation share, each renewing the one before. */
interface Observation {
  /** Notifications taken. */
  count: number;
  registrations: number;
  /** The place of the newest registration that was answered; what belongs to one before is older, and over. */
  answered: number;
}

/** What a request waits for, and what has come: the responses to it are told from replays by their numbers. */
interface Reception {
  readonly binding: Binding;
  readonly held: HeldContext;
  readonly isObservation: boolean;
  /** Highest number of a notification, −1 for one without, undefined before the first (RFC 8613 §7.4.1). */
  highest: number | undefined;
  readonly place: number;
  readonly observation: Observation;
  /** The one response that is no notification has come. */
  isOver: boolean;
}

const receptions = new WeakMap<ProtectedRequest, Reception>();

/** The client's side (RFC 8613 §8.1, §8.4). Throws what `HeldContext.takeSequence` and `sealRequest` throw. */
export async function protectRequest(
  request: Message,
  held: HeldContext,
  observed: ProtectedRequest | undefined,
  counted: Meter | undefined,
): Promise<ProtectedRequest> {
  const sequence = await held.takeSequence();
  const { message, binding } = sealRequest(held.context, withEcho(request, held), sequence);
  const observation = (observed && receptions.get(observed)?.observation) ?? {
    count: 0,
    registrations: 0,
    answered: 0,
  };
  const reception: Reception = {
    binding,
    held,
    observation,
    place: ++observation.registrations,
    isObservation: find(request.options, numbers.observe)?.value.every((byte) => byte === 0) ?? false,
    highest: undefined,
    isOver: false,
  };
  const guarded: ProtectedRequest = {
    message,
    unprotect(response) {
      const taken = receive(reception, response);
      counted?.add(1, taken.ok ? 'accepted' : 'refused');
      return taken.ok ? { ok: true, message: taken.value, identity: held.context.identity } : taken;
    },
  };
  receptions.set(guarded, reception);
  return guarded;
}

/** Answers the peer's challenge with the next request, whichever that is. */
const withEcho = (request: Message, { peerChallenge }: HeldContext): Message =>
  peerChallenge && !find(request.options, numbers.echo)
    ? { ...request, options: withOption(request.options, { number: numbers.echo, value: peerChallenge }) }
    : request;

function receive(reception: Reception, response: Message): Decoded<Message> {
  const { held } = reception;
  const options = response.options.filter(({ number }) => number === numbers.oscore);
  if (held.revoked) return undecodable('the context was removed');
  if (options.length !== 1) return undecodable(`${codeName(response.code)} came without protection`);
  const value = decodeOptionValue(options[0]!.value);
  if (!value.ok) return value;
  const { kid } = value.value;
  if (kid && !kid.equals(held.context.recipientId)) return undecodable('it has the kid of another one');
  const taken = take(reception, response, value.value);
  if (taken.ok) {
    const echo = taken.value.code === responses.unauthorized ? find(taken.value.options, numbers.echo) : undefined;
    held.peerChallenge = echo && Buffer.from(echo.value);
  }
  return taken;
}

function take(reception: Reception, response: Message, value: OptionValue): Decoded<Message> {
  const { held, binding, observation, place, isObservation } = reception;
  if (reception.isOver) return undecodable('it was answered already');
  if (place < observation.answered) return undecodable('the observation was renewed, and the renewal answered');
  const message = unsealResponse(held.context, binding, response, value);
  if (!message.ok) return message;
  if (!find(message.value.options, numbers.observe)) reception.isOver = true;
  else {
    if (!isObservation) return undecodable('it is a notification, and nothing is observed');
    const sequence = value.partialIv ? sequenceOf(value.partialIv) : -1;
    if (reception.highest !== undefined && sequence <= reception.highest) return undecodable('it is not the newest');
    reception.highest = sequence;
    observation.count += 1;
  }
  observation.answered = place;
  return reception.isOver ? message : decoded(ordered(message.value, observation.count));
}

/**
 * The inner Observe is empty and the outer one nobody has protected, so the order in which we took them stands in its
 * place: each is newer than those before it (RFC 8613 §4.1.3.5.2).
 */
function ordered(message: Message, count: number): Message {
  const value = Buffer.alloc(3);
  value.writeUIntBE(count % 2 ** 24, 0, 3);
  const options = message.options.map((option) => (option.number === numbers.observe ? { ...option, value } : option));
  return { ...message, options };
}
