import type { Hub } from '../hub.ts';
import { parseFilter } from '../router/filter.ts';
import type { Parcel } from '../router/parcel.ts';

/** A retained message, for people to look at. */
export interface RetainedInfo {
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
  readonly payloadBytes: number;
  /** The first bytes of the payload; none of one that is in the spool. */
  readonly preview: Uint8Array;
  /** Client id of the publisher; undefined: the server. */
  readonly from: string | undefined;
  /** Wall time in milliseconds; undefined: never. */
  readonly expiresAt: number | undefined;
}

export interface RetainedPage {
  /** In the order of their topics. */
  readonly messages: readonly RetainedInfo[];
  /** There are more after the last one. */
  readonly more: boolean;
}

export interface RetainedQuery {
  /** Only topics behind this one. */
  readonly after?: string;
  /** Messages in one page; default 100, at most 1 000. */
  readonly limit?: number;
  /** Bytes of payload that are shown; default 64, at most 1 024. */
  readonly previewBytes?: number;
}

/** The retained messages that `filter` matches, page by page; undefined if it is no filter. Looks at each once and keeps a page. */
export function browseRetained(hub: Hub, filter: string, query: RetainedQuery = {}): RetainedPage | undefined {
  const parsed = parseFilter(filter, hub.limits.topicLevelsMax);
  if (!parsed.ok || parsed.value.group !== undefined) return undefined;
  const limit = Math.max(1, Math.min(1_000, query.limit ?? 100));
  const previewBytes = Math.max(0, Math.min(1_024, query.previewBytes ?? 64));
  const now = hub.clock.ticks();
  const page: Parcel[] = [];
  let more = false;
  const found = hub.router.retained.matching(parsed.value.levels);
  for (let next = found.next(); !next.done; next = found.next()) {
    const parcel = next.value;
    const { text } = parcel.topic;
    if (parcel.expiresAt <= now || (query.after !== undefined && text <= query.after)) continue;
    if (page.length === limit && text > page[limit - 1]!.topic.text) {
      more = true;
      continue;
    }
    page.splice(placeOf(page, text), 0, parcel);
    if (page.length > limit) {
      page.pop();
      more = true;
    }
  }
  return { messages: page.map((parcel) => infoOf(parcel, previewBytes, hub.wallOffset())), more };
}

function placeOf(page: readonly Parcel[], text: string): number {
  let low = 0;
  let high = page.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (page[middle]!.topic.text < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

const infoOf = (parcel: Parcel, previewBytes: number, wallOffset: number): RetainedInfo => ({
  topic: parcel.topic.text,
  qos: parcel.qos,
  payloadBytes: parcel.size,
  preview: parcel.payload.subarray(0, previewBytes),
  from: parcel.from,
  expiresAt: parcel.expiresAt === Number.POSITIVE_INFINITY ? undefined : parcel.expiresAt + wallOffset,
});
