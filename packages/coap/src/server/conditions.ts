import { codeClass, responses } from '../codes.ts';
import type { Message } from '../message.ts';
import { etag, etags, ifMatch, ifNoneMatch, without } from '../options/read.ts';
import { registry } from '../options/registry.ts';
import { type Composed, etagOf } from './compose.ts';

/** Whether a request asks to be carried out only in a certain state of the resource (RFC 7252 §5.10.8). */
export const isConditional = (message: Message): boolean => ifNoneMatch(message) || ifMatch(message).length > 0;

/** Whether the state of the resource, as GET shows it, is the one that the request asks for. */
export function conditionHolds(message: Message, current: Composed): boolean {
  const exists = codeClass(current.code) === 2;
  if (ifNoneMatch(message) && exists) return false;
  const wanted = ifMatch(message);
  if (wanted.length === 0) return true;
  if (!exists) return false;
  const tag = etag(current) ?? etagOf(current);
  return wanted.some((one) => one.length === 0 || one.equals(tag));
}

/** 2.03 in place of a content that the client says it has (RFC 7252 §5.10.6.2). */
export function validated(message: Message, response: Composed): Composed {
  const known = etags(message);
  if (known.length === 0 || response.code !== responses.content) return response;
  const tag = etag(response) ?? etagOf(response);
  if (!known.some((one) => one.equals(tag))) return response;
  const kept = without(response.options, registry.contentFormat.number, registry.etag.number);
  return {
    code: responses.valid,
    options: [...kept, { number: registry.etag.number, value: tag }],
    payload: Buffer.alloc(0),
  };
}
