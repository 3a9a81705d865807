import { responses } from '../codes.ts';
import type { Message, Option } from '../message.ts';
import { decodeBlock } from '../options/block.ts';
import * as read from '../options/read.ts';
import { registry } from '../options/registry.ts';
import type { BodyOf } from './bodies.ts';
import { conditionHolds, isConditional } from './conditions.ts';
import { bodyKey, type Exchange } from './exchange.ts';
import type { Execution } from './execution.ts';
import { type Reply, refuse } from './reply.ts';
import { handlerOf, type Routes } from './routes.ts';
import type { Snapshots } from './snapshots.ts';

/** Decides what a plain request with sound options is answered with: by whom, or why not. */
export type ReplyTo = (exchange: Exchange) => Promise<Reply>;

export function replies(parts: {
  readonly routes: Routes;
  readonly snapshots: Snapshots;
  readonly bodyOf: BodyOf;
  readonly execution: Execution;
}): ReplyTo {
  const { routes, snapshots: kept, bodyOf, execution: executing } = parts;
  return async (exchange) => {
    const { message, method } = exchange;
    if (read.has(message, registry.proxyUri.number) || read.has(message, registry.proxyScheme.number))
      return refuse(responses.proxyingNotSupported);
    const resource = routes.find(read.uriPath(message));
    if (!resource) return refuse(responses.notFound);
    const handler = method && handlerOf(resource, method);
    if (!handler) return refuse(responses.methodNotAllowed);
    const key = bodyKey(exchange);
    const block2 = read.first(message, registry.block2.number);
    const asked = block2 && decodeBlock(block2, exchange.line.bert);
    if (asked && !asked.ok) return refuse(responses.badRequest, asked.why);
    if (asked && asked.value.number > 0) {
      const earlier = kept.find(key);
      if (earlier) return { response: earlier, key };
      if (method !== 'GET') return refuse(responses.requestEntityIncomplete, 'the response is not kept any more');
    }
    const format = read.contentFormat(message);
    if (resource.consumes && format !== undefined && !resource.consumes.includes(format))
      return refuse(responses.unsupportedContentFormat);
    const accepted = read.accept(message);
    if (resource.formats && accepted !== undefined && !resource.formats.includes(accepted))
      return refuse(responses.notAcceptable);
    const body = bodyOf(exchange, resource, key);
    if (!Buffer.isBuffer(body)) return body;
    if (method !== 'GET' && method !== 'FETCH' && isConditional(message)) {
      if (!resource.get) return refuse(responses.badOption, 'the resource has no state to compare with');
      const now = await executing.run(exchange, resource, 'GET', Buffer.alloc(0), false);
      if (!conditionHolds(message, now)) return refuse(responses.preconditionFailed);
    }
    const reply = await executing.execute(exchange, resource, method, body, asked?.value.number ?? 0);
    return { ...reply, key, more: [...(reply.more ?? []), ...lastBlock(message)] };
  };
}

/** The Block1 of a request whose body is whole is repeated in the response. */
function lastBlock(message: Message): readonly Option[] {
  const value = read.first(message, registry.block1.number);
  return value ? [{ number: registry.block1.number, value }] : [];
}
