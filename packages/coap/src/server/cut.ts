import { responses } from '../codes.ts';
import type { Limits } from '../config.ts';
import type { Message, Option } from '../message.ts';
import { blockOf } from '../options/block.ts';
import { registry } from '../options/registry.ts';
import type { Composed } from './compose.ts';
import type { Echoes } from './echo.ts';
import type { Exchange } from './exchange.ts';
import { slice } from './slices.ts';

export interface Cut {
  readonly message: Message;
  /** Other blocks of the same response may be asked for. */
  readonly isPart: boolean;
}

/** Makes the message that answers an exchange: as much of the response as fits and as its peer may have. */
export const cutter =
  (limits: Limits, echoes: Echoes) =>
  (exchange: Exchange, response: Composed, more: readonly Option[]): Cut => {
    const { line, message } = exchange;
    const asked = blockOf(message.options, registry.block2.number, line.bert);
    const context = { line, token: message.token, asked, isProtected: exchange.protect !== undefined, more };
    const first = slice(response, context, limits);
    const isPart = first.more || (asked?.number ?? 0) > 0;
    const isShort = first.more || first.message.code === responses.unauthorized;
    if (line.proven || !isShort) return { message: first.message, isPart };
    // Whoever sends this back is where its address says, and may have larger blocks (RFC 9175 §2.4).
    const echo = { number: registry.echo.number, value: echoes.make(line) };
    const second = slice(response, { ...context, more: [...more, echo] }, limits);
    return { message: second.message.code === first.message.code ? second.message : first.message, isPart };
  };
