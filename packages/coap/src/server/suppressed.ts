import { codeClass, responses } from '../codes.ts';
import type { Message } from '../message.ts';
import { noResponse, observe } from '../options/read.ts';

/** Whether the client has said that it is not interested in this class of response (RFC 7967 §2.1). */
export function suppressed(message: Message, code: number): boolean {
  const mask = noResponse(message);
  if (mask === undefined || code === responses.continue || observe(message) === 0) return false;
  return (mask & (1 << (codeClass(code) - 1))) !== 0;
}
