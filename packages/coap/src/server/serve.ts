import { type Clock, describeFailure, type Entropy, type Log, type Metrics } from '@selvedge/kernel';
import { codeName, responses } from '../codes.ts';
import type { Limits } from '../config.ts';
import type { Incoming, Line } from '../line.ts';
import type { coapMetrics } from '../metrics.ts';
import { badOption, soundOptions } from '../options/check.ts';
import * as read from '../options/read.ts';
import { isCritical, registry } from '../options/registry.ts';
import { encodeUint } from '../options/uint.ts';
import type { Security } from '../ports.ts';
import type { Deadlines } from '../timing/deadlines.ts';
import { admission } from './admission.ts';
import { bodies } from './bodies.ts';
import { cutter } from './cut.ts';
import { echoes } from './echo.ts';
import { type Exchange, exchangeOf } from './exchange.ts';
import { execution } from './execution.ts';
import { observers } from './observers.ts';
import { replies } from './replies.ts';
import { type Reply, refuse } from './reply.ts';
import type { Routes } from './routes.ts';
import { snapshots } from './snapshots.ts';
import { suppressed } from './suppressed.ts';

/** Answers requests from the resources, however they come. */
export interface Server {
  handle(incoming: Incoming): void;
  /** The connection has ended. */
  closed(line: Line): void;
  /** The observers of this path get its present representation. */
  changed(path: readonly string[]): void;
  stop(): void;
}

export interface ServerWorld {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly metrics: Metrics<typeof coapMetrics>;
  readonly deadlines: Deadlines;
  readonly security: Security | undefined;
}

export function server(limits: Limits, routes: Routes, world: ServerWorld): Server {
  const { log, metrics, security } = world;
  const kept = snapshots(limits, world);
  const watching = observers(limits, world);
  const challenges = echoes(world);
  const cut = cutter(limits, challenges);
  const executing = execution({ ...world, observers: watching, snapshots: kept, cut });
  const replyTo = replies({ routes, snapshots: kept, bodyOf: bodies(limits, world), execution: executing });
  const admitted = admission(limits);

  /** Takes the protection off, and answers what is none of the resources' business. */
  const open = async (incoming: Incoming): Promise<void> => {
    const { line, message } = incoming;
    const verdict = security ? await security.unprotectRequest(message, line.peer) : { kind: 'plain' as const };
    if (verdict.kind === 'ignored') return incoming.respond(undefined);
    if (verdict.kind === 'refused') return incoming.respond(verdict.response);
    const exchange =
      verdict.kind === 'request' ? exchangeOf(incoming, verdict.message, verdict) : exchangeOf(incoming, message);
    // A fresh protected request came from who holds the key, so its answer may go where it came from.
    if (verdict.kind === 'request') line.prove();
    const bad = badOption(exchange.message);
    if (bad) {
      metrics.malformed.add(1, 'option');
      // RFC 7252 §5.4.1: what is not confirmable is rejected.
      if (!incoming.confirmable && !line.reliable && !exchange.protect) return incoming.reject();
      return answer(withoutCritical(exchange), refuse(responses.badOption, `option ${bad.number}`));
    }
    const sound = { ...exchange, message: { ...exchange.message, options: soundOptions(exchange.message.options) } };
    const echo = read.echo(sound.message);
    if (echo && challenges.verify(line, echo)) line.prove();
    return answer(sound, await replyTo(sound));
  };

  const answer = async (exchange: Exchange, { response, more = [], key, after }: Reply): Promise<void> => {
    const { incoming, message, method } = exchange;
    metrics.requests.add(1, method ?? 'unknown', codeName(response.code));
    if (suppressed(message, response.code)) return incoming.respond(undefined);
    let sent = false;
    try {
      const { message: plain, isPart } = cut(exchange, response, more);
      if (isPart && key !== undefined) kept.keep(key, response);
      incoming.respond(exchange.protect ? await exchange.protect(plain, { notification: false }) : plain);
      sent = true;
    } finally {
      after?.(sent);
    }
  };

  /** Nothing was executed, so the peer may come again. */
  const turnAway = ({ message }: Incoming) => {
    metrics.refused.add(1, 'requests');
    const options = [{ number: registry.maxAge.number, value: encodeUint(busySeconds) }];
    return { code: responses.serviceUnavailable, token: message.token, options, payload: Buffer.alloc(0) };
  };

  return {
    handle(incoming) {
      if (!admitted.enter(incoming.line)) {
        incoming.respond(turnAway(incoming));
        return;
      }
      open(incoming)
        .catch((cause: unknown) => {
          log.error('coap.request.failed', describeFailure(cause));
          incoming.respond(undefined);
        })
        .finally(() => admitted.leave(incoming.line));
    },
    closed: (line) => watching.removeLine(line),
    changed: (path) => watching.changed(path.join('/')),
    stop: () => watching.stop(),
  };
}

/** What may be read of a request that is refused: no critical option, because any of them may be the bad one. */
const withoutCritical = (exchange: Exchange): Exchange => {
  const options = soundOptions(exchange.message.options).filter(({ number }) => !isCritical(number));
  return { ...exchange, message: { ...exchange.message, options } };
};

/** When a peer may ask again that was turned away. */
const busySeconds = 2;
