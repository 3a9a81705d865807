import type { Entropy, Metrics } from '@selvedge/kernel';
import type { Limits } from '../config.ts';
import { coapFaults } from '../faults.ts';
import type { Line, Outcome, Sent } from '../line.ts';
import type { Message } from '../message.ts';
import type { coapMetrics } from '../metrics.ts';
import { badOption, soundOptions } from '../options/check.ts';
import type { Peer, ProtectedRequest, Security } from '../ports.ts';
import type { Deadline, Deadlines } from '../timing/deadlines.ts';
import { factsOf, failureOf, where } from './failures.ts';

/** A response with the one it came from. */
export interface Answered {
  readonly message: Message;
  readonly peer: Peer;
}

/** Matches responses to the requests of this endpoint by peer and token (RFC 7252 §5.3). */
export interface Exchanges {
  /** Sends a request and gives its response. Throws a fault of the table, or the signal's reason. */
  request(line: Line, request: Unsent, about: Asking): Promise<Answered>;
  /** Sends a request whose token stays, for the responses that follow. */
  follow(line: Line, request: Unsent, about: Asking, listener: Listener): Followed;
  /** A response has come; false if nobody waits for it. */
  take(line: Line, message: Message): boolean;
  /** The connection has ended, and with it all that was asked there. */
  closed(line: Line): void;
  stop(): void;
}

/** A request before it has a token. */
export type Unsent = Omit<Message, 'token'>;

export interface Asking {
  readonly confirmable: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Settle when it has left or was acknowledged: no response is wanted. */
  readonly unanswered?: boolean;
}

export interface Listener {
  /** Responses, in the order of their arrival. */
  taken(answered: Answered): void;
  /** The request, or a renewed one, came to nothing; there will be no more. */
  failed(cause: unknown): void;
}

export interface Followed {
  /** Sends a request again with the same token. */
  again(request: Unsent): void;
  /** Responses with this token are not expected any more. */
  end(): void;
}

interface Entry {
  readonly line: Line;
  readonly token: Buffer;
  readonly listener: Listener;
  readonly keep: boolean;
  readonly unanswered: boolean;
  /** The latest first; answers to an earlier one may still be under way. */
  protections: readonly ProtectedRequest[];
  sent: Sent | undefined;
  late: Deadline | undefined;
  /** Responses are unprotected one after the other. */
  turn: Promise<void>;
  over: boolean;
}

const tokenSize = 8;

export function exchanges(
  limits: Limits,
  world: {
    readonly entropy: Entropy;
    readonly deadlines: Deadlines;
    readonly metrics: Metrics<typeof coapMetrics>;
    readonly security: Security | undefined;
  },
): Exchanges {
  const { entropy, deadlines, metrics, security } = world;
  const lines = new Map<string, Map<string, Entry>>();
  let count = 0;

  const end = (entry: Entry): boolean => {
    if (entry.over) return false;
    entry.over = true;
    count -= 1;
    entry.sent?.release();
    entry.late?.cancel();
    const tokens = lines.get(entry.line.key);
    tokens?.delete(nameOf(entry.token));
    if (tokens?.size === 0) lines.delete(entry.line.key);
    return true;
  };

  const fail = (entry: Entry, cause: unknown): void => {
    if (end(entry)) entry.listener.failed(cause);
  };

  const begin = (line: Line, listener: Listener, keep: boolean, unanswered: boolean): Entry => {
    const tokens = lines.get(line.key) ?? new Map<string, Entry>();
    lines.set(line.key, tokens);
    let token = freshToken();
    while (tokens.has(nameOf(token))) token = freshToken();
    const entry: Entry = {
      line,
      token,
      listener,
      keep,
      unanswered,
      protections: [],
      sent: undefined,
      late: undefined,
      turn: Promise.resolve(),
      over: false,
    };
    tokens.set(nameOf(token), entry);
    count += 1;
    return entry;
  };

  const freshToken = (): Buffer => Buffer.from(entropy.bytes(tokenSize));

  const send = async (entry: Entry, request: Unsent, confirmable: boolean): Promise<void> => {
    const { line, token } = entry;
    const plain: Message = { ...request, token };
    const secured = await security?.protectRequest(plain, line.peer, entry.protections[0]);
    if (entry.over) return;
    entry.protections = secured ? [secured, ...entry.protections.slice(0, 1)] : [];
    entry.sent?.release();
    entry.late?.cancel();
    entry.late = deadlines.after(limits.responseWithin, () =>
      fail(entry, coapFaults('COAP_TIMEOUT', `${where(line)} sent no response`, factsOf(line))),
    );
    const sent = line.send(secured?.message ?? plain, confirmable, (outcome) => heard(entry, confirmable, outcome));
    if (entry.over) sent.release();
    else entry.sent = sent;
  };

  const heard = (entry: Entry, confirmable: boolean, outcome: Outcome): void => {
    const { line } = entry;
    if (outcome === 'acknowledged' || outcome === 'sent') {
      const isDone = entry.unanswered && (outcome === 'acknowledged' || !confirmable);
      // After this turn, in which a piggybacked response may still come.
      if (isDone) queueMicrotask(() => end(entry) && entry.listener.taken(nobody(line)));
    } else fail(entry, failureOf(outcome, line));
  };

  const take = (entry: Entry, message: Message): boolean => {
    if (entry.protections.length > 0) {
      entry.turn = entry.turn.then(() => unprotect(entry, message)).catch((cause: unknown) => fail(entry, cause));
      return true;
    }
    return hand(entry, { message, peer: entry.line.peer });
  };

  const unprotect = async (entry: Entry, message: Message): Promise<void> => {
    for (const protection of entry.protections) {
      if (entry.over) return;
      const verdict = await protection.unprotect(message);
      if (!verdict.ok) continue;
      const peer = { ...entry.line.peer, secure: true, identity: verdict.identity };
      hand(entry, { message: verdict.message, peer });
      return;
    }
    metrics.malformed.add(1, 'protection');
  };

  const hand = (entry: Entry, { message, peer }: Answered): boolean => {
    if (entry.over) return false;
    const bad = badOption(message);
    if (bad) {
      metrics.malformed.add(1, 'option');
      const facts = { ...factsOf(entry.line), option: bad.number };
      fail(entry, coapFaults('COAP_RESPONSE_INVALID', `the response has the unknown option ${bad.number}`, facts));
      return false;
    }
    const answered = { message: { ...message, options: soundOptions(message.options) }, peer };
    entry.late?.cancel();
    if (!entry.keep) end(entry);
    else entry.sent?.release();
    entry.listener.taken(answered);
    return true;
  };

  const start = (line: Line, request: Unsent, about: Asking, listener: Listener, keep: boolean): Entry | undefined => {
    if (count >= limits.requestsMax) {
      metrics.refused.add(1, 'requests');
      listener.failed(coapFaults('COAP_BUSY', `${count} requests are under way`, { count }));
      return undefined;
    }
    const entry = begin(line, listener, keep, about.unanswered ?? false);
    send(entry, request, about.confirmable).catch((cause: unknown) => fail(entry, cause));
    return entry;
  };

  return {
    request: (line, request, about) =>
      new Promise((resolve, reject) => {
        const { signal } = about;
        if (signal?.aborted) return reject(signal.reason);
        const settled = (): void => signal?.removeEventListener('abort', abort);
        const listener: Listener = {
          taken(answered) {
            settled();
            resolve(answered);
          },
          failed(cause) {
            settled();
            reject(cause);
          },
        };
        const abort = (): void => void (entry && fail(entry, signal?.reason));
        signal?.addEventListener('abort', abort, { once: true });
        const entry = start(line, request, about, listener, false);
      }),
    follow(line, request, about, listener) {
      const entry = start(line, request, about, listener, true);
      return {
        again(next) {
          if (entry && !entry.over) send(entry, next, about.confirmable).catch((cause: unknown) => fail(entry, cause));
        },
        end: () => void (entry && end(entry)),
      };
    },
    take(line, message) {
      const entry = lines.get(line.key)?.get(nameOf(message.token));
      return entry !== undefined && take(entry, message);
    },
    closed(line) {
      for (const entry of [...(lines.get(line.key)?.values() ?? [])]) fail(entry, failureOf('closed', line));
    },
    stop() {
      for (const tokens of [...lines.values()])
        for (const entry of [...tokens.values()]) fail(entry, coapFaults('COAP_STOPPED', 'the endpoint was stopped'));
    },
  };
}

const nameOf = (token: Buffer): string => token.toString('latin1');

/** Stands for the response that was not wanted. */
const nobody = ({ peer }: Line): Answered => ({
  message: { code: 0, token: Buffer.alloc(0), options: [], payload: Buffer.alloc(0) },
  peer,
});
