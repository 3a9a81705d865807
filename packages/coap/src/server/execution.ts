import { type Clock, describeFailure, type Log } from '@selvedge/kernel';
import { codeClass, type Method, responses } from '../codes.ts';
import type { Option } from '../message.ts';
import * as read from '../options/read.ts';
import { registry } from '../options/registry.ts';
import { encodeUint } from '../options/uint.ts';
import type { Resource } from '../resource.ts';
import { firstSequence } from '../timing/sequence.ts';
import { type Composed, compose, composeError } from './compose.ts';
import { validated } from './conditions.ts';
import type { Cut } from './cut.ts';
import { bodyKey, type Exchange, requestOf } from './exchange.ts';
import type { Notification, Observer, Observers } from './observers.ts';
import type { Reply } from './reply.ts';
import { handlerOf } from './routes.ts';
import type { Snapshots } from './snapshots.ts';

/** Runs handlers, and lets them be run again for observers. */
export interface Execution {
  /** Runs the handler, and makes or ends an observation where the request asks for it. */
  execute(exchange: Exchange, resource: Resource, method: Method, body: Buffer, blockNumber: number): Promise<Reply>;
  /** Runs the handler alone. Never rejects. */
  run(exchange: Exchange, resource: Resource, method: Method, body: Buffer, observed: boolean): Promise<Composed>;
}

export function execution(parts: {
  readonly clock: Clock;
  readonly log: Log;
  readonly observers: Observers;
  readonly snapshots: Snapshots;
  readonly cut: (exchange: Exchange, response: Composed, more: readonly Option[]) => Cut;
}): Execution {
  const { clock, log, observers: watching, snapshots: kept, cut } = parts;

  /** Runs the handler, and makes or ends an observation where the request asks for it. */
  const execute = async (
    exchange: Exchange,
    resource: Resource,
    method: Method,
    body: Buffer,
    blockNumber: number,
  ): Promise<Reply> => {
    const { message, line } = exchange;
    const wish = method === 'GET' || method === 'FETCH' ? read.observe(message) : undefined;
    if (wish === 1) watching.remove(line, message.token);
    const observes =
      wish === 0 && blockNumber === 0 && resource.observable !== undefined && watching.admits(line, message.token);
    const sequence = firstSequence(clock);
    const format = sameFormat();
    const observer = observes ? observe(exchange, resource, method, body, sequence, format) : undefined;
    const response = await run(exchange, resource, method, body, observes);
    if (!observer) return { response };
    format(response);
    if (codeClass(response.code) === 2) {
      const more = [{ number: registry.observe.number, value: encodeUint(sequence) }];
      const after = (sent: boolean): void => (sent ? observer.begin() : watching.remove(line, message.token));
      return { response, more, after };
    }
    watching.remove(line, message.token);
    return { response };
  };

  /** From before the handler runs, so that a change meanwhile is not missed; notifications begin after the response. */
  const observe = (
    exchange: Exchange,
    resource: Resource,
    method: Method,
    body: Buffer,
    sequence: number,
    format: (response: Composed) => Composed,
  ): Observer => {
    const { line, message } = exchange;
    const render = async (more: readonly Option[]): Promise<Notification> => {
      const response = format(await run(exchange, resource, method, body, true));
      const isLast = codeClass(response.code) !== 2;
      const { message: plain, isPart } = cut(exchange, response, isLast ? [] : more);
      if (isPart) kept.keep(bodyKey(exchange), response);
      const sent = exchange.protect ? await exchange.protect(plain, { notification: true }) : plain;
      // What cannot be protected is replaced by an error, and what is protected shows no code of its own.
      return { message: sent, isLast: isLast || codeClass(sent.code) !== 2 };
    };
    const path = read.uriPath(message).join('/');
    const observer = watching.add({ line, token: message.token, path, resource, render, sequence });
    if (typeof resource.observable === 'function') {
      const request = requestOf(exchange, method, body, true);
      try {
        observer.onEnd(resource.observable(request, observer.changed));
      } catch (cause) {
        log.error('coap.observe.failed', { path, ...describeFailure(cause) });
        watching.remove(line, message.token);
      }
    }
    return observer;
  };

  const run = async (
    exchange: Exchange,
    resource: Resource,
    method: Method,
    body: Buffer,
    observed: boolean,
  ): Promise<Composed> => {
    const request = requestOf(exchange, method, body, observed);
    try {
      const response = compose(await handlerOf(resource, method)!(request), method);
      const format = read.contentFormat(response);
      const isContent = response.code === responses.content;
      if (isContent && request.accept !== undefined && format !== undefined && format !== request.accept)
        return composeError(responses.notAcceptable);
      return method === 'GET' || method === 'FETCH' ? validated(exchange.message, response) : response;
    } catch (cause) {
      log.error('coap.handler.failed', { method, path: request.path.join('/'), ...describeFailure(cause) });
      return composeError(responses.internalServerError);
    }
  };

  return { execute, run };
}

/** Lets pass what has the Content-Format of the first content it saw; in place of another one it gives 4.06 (RFC 7641 §4.2). */
function sameFormat(): (response: Composed) => Composed {
  let first: { readonly format: number | undefined } | undefined;
  return (response) => {
    if (response.code !== responses.content) return response;
    const format = read.contentFormat(response);
    first ??= { format };
    return format === first.format ? response : composeError(responses.notAcceptable);
  };
}
