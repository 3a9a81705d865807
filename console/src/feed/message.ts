import type { FeedMessage } from '../api/views.ts';

const kinds = new Set(['hello', 'reading', 'alert', 'command', 'node']);

/** Reads one text of the feed; undefined for a kind that this console does not know yet, or for no message at all. */
export function readFeedMessage(text: string): FeedMessage | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof raw !== 'object' || raw === null) return undefined;
  const { kind, sequence, resumed, data } = raw as Record<string, unknown>;
  if (typeof sequence !== 'number' || typeof kind !== 'string' || !kinds.has(kind)) return undefined;
  if (kind === 'hello') return { kind, sequence, resumed: resumed === true };
  if (typeof data !== 'object' || data === null) return undefined;
  return raw as FeedMessage;
}
