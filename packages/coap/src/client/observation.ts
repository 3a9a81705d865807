import type { Clock, Random } from '@selvedge/kernel';
import { codeClass, codeName } from '../codes.ts';
import { coapFaults } from '../faults.ts';
import type { Line } from '../line.ts';
import { sorted } from '../options/build.ts';
import * as read from '../options/read.ts';
import { registry } from '../options/registry.ts';
import { encodeUint } from '../options/uint.ts';
import type { Deadline, Deadlines } from '../timing/deadlines.ts';
import { isNewer } from '../timing/sequence.ts';
import type { Answered, Exchanges, Unsent } from './exchanges.ts';
import type { TransferAbout, Transfers } from './transfer.ts';

/** What an observation tells. */
export interface ObservationListener {
  /** A new state of the resource, whole. The first comes before `start` settles. */
  changed(answered: Answered): void;
  /** It is over: the server has sent an error, which `changed` was given, or went away. */
  ended(cause: unknown): void;
}

export interface Observing {
  /** Tells the server, and hears no more. */
  cancel(): void;
}

/** Milliseconds; a notification this long after another is newer whatever its number (RFC 7641 §3.4). */
const orderWithin = 128_000;

/** Seconds a response without Max-Age is fresh (RFC 7252 §5.10.5). */
const usualMaxAge = 60;

/** Milliseconds that renewing may be late, by chance, so that clients do not all come at once (RFC 7641 §3.3.1). */
const renewWithin = { min: 5_000, max: 15_000 };

/**
 * Observes a resource (RFC 7641 §3). Registers again when what it knows is not fresh any more. Rejects with
 * COAP_NOT_OBSERVABLE where the server answers without observing.
 */
export function observe(
  line: Line,
  request: Unsent,
  about: TransferAbout,
  listener: ObservationListener,
  world: {
    readonly clock: Clock;
    readonly random: Random;
    readonly deadlines: Deadlines;
    readonly exchanges: Exchanges;
    readonly transfers: Transfers;
  },
): Promise<Observing> {
  const { clock, random, deadlines, exchanges, transfers } = world;
  const registering = withObserve(request, 0);
  const started = Promise.withResolvers<Observing>();
  let latest: { readonly sequence: number; readonly at: number } | undefined;
  let renewal: Deadline | undefined;
  let fetching: AbortController | undefined;
  let registered = false;
  let over = false;

  const finish = (cause: unknown): void => {
    if (over) return;
    over = true;
    renewal?.cancel();
    fetching?.abort(cause);
    about.signal?.removeEventListener('abort', abort);
    followed.end();
    if (registered) listener.ended(cause);
    else started.reject(cause);
  };

  /** The token stays until the server has answered, so that what is under way meanwhile is no surprise. */
  const cancel = (): void => {
    if (over) return;
    over = true;
    renewal?.cancel();
    fetching?.abort(new Error('the observation was cancelled'));
    about.signal?.removeEventListener('abort', abort);
    if (!registered) {
      followed.end();
      started.reject(about.signal?.reason ?? new Error('the observation was cancelled'));
      return;
    }
    followed.again(withObserve(request, 1));
  };
  const abort = (): void => cancel();

  const taken = (answered: Answered): void => {
    if (over) {
      followed.end();
      return;
    }
    const sequence = read.observe(answered.message);
    if (codeClass(answered.message.code) !== 2 || sequence === undefined) {
      refused(answered);
      return;
    }
    const now = clock.ticks();
    const isStale = latest && !line.reliable && now - latest.at < orderWithin && !isNewer(sequence, latest.sequence);
    if (isStale) return;
    latest = { sequence, at: now };
    renewLater(answered);
    void fetch(answered);
  };

  /** An error, or a response without the option, means that the server has this observer no more. */
  const refused = (answered: Answered): void => {
    const { code } = answered.message;
    if (registered) listener.changed(answered);
    finish(
      coapFaults('COAP_NOT_OBSERVABLE', `${codeName(code)} came without an observation`, {
        host: line.peer.host,
        code: codeName(code),
      }),
    );
  };

  const renewLater = ({ message }: Answered): void => {
    renewal?.cancel();
    const late = renewWithin.min + random.next() * (renewWithin.max - renewWithin.min);
    renewal = deadlines.after((read.maxAge(message) ?? usualMaxAge) * 1_000 + late, () => {
      // The numbers of a server that was restarted may begin anew.
      latest = undefined;
      followed.again(registering);
    });
  };

  /** Gets what does not fit into the notification; a newer one ends the older one's fetching. */
  const fetch = async (answered: Answered): Promise<void> => {
    fetching?.abort(new Error('a newer notification came'));
    const mine = new AbortController();
    fetching = mine;
    try {
      const whole = await transfers.complete(line, request, answered, { ...about, signal: mine.signal });
      if (mine.signal.aborted || over) return;
      listener.changed(whole);
      if (!registered) {
        registered = true;
        started.resolve({ cancel });
      }
    } catch (cause) {
      if (!mine.signal.aborted) finish(cause);
    }
  };

  about.signal?.addEventListener('abort', abort, { once: true });
  const followed = exchanges.follow(line, registering, about, { taken, failed: finish });
  return started.promise;
}

const withObserve = (request: Unsent, value: number): Unsent => ({
  ...request,
  options: sorted([
    ...read.without(request.options, registry.observe.number),
    { number: registry.observe.number, value: encodeUint(value) },
  ]),
});
