import type { FeedMessage } from '../cloud-views.ts';
import { sayTime, sayValues } from '../text/say.ts';
import { alertJson } from './alert.ts';
import { commandJson } from './command.ts';

export type FeedEvent = Exclude<FeedMessage, { kind: 'hello' }>;

/** An event of the feed as `tail --json` gives it, one a line [CLI-5]. */
export function feedJson(event: FeedEvent): Readonly<Record<string, unknown>> {
  const frame = { sequence: event.sequence, kind: event.kind };
  switch (event.kind) {
    case 'reading': {
      const { device, node, takenAt, values, readingsTotal, marks = [] } = event.data;
      return { ...frame, device, node, taken_at_ms: takenAt, values, readings_total: readingsTotal, marks };
    }
    case 'alert':
      return { ...frame, ...alertJson(event.data), type: event.data.type };
    case 'command':
      return { ...frame, ...commandJson(event.data) };
    case 'node':
      return { ...frame, node: event.data.id, online: event.data.online, last_seen_ms: event.data.lastSeen };
  }
}

/** The same for a person, one line. */
export function feedText(event: FeedEvent): string {
  switch (event.kind) {
    case 'reading':
      return `${sayTime(event.data.takenAt)}  ${event.data.device}  ${sayValues(event.data.values)}${sayMarks(event.data.marks)}`;
    case 'alert':
      return `${sayTime(event.data.lastAt)}  ${event.data.device}  ALERT ${event.data.severity} ${event.data.state}: ${event.data.message}`;
    case 'command':
      return `${sayTime(event.data.issuedAt)}  ${event.data.device}  COMMAND ${event.data.name} ${event.data.state}`;
    case 'node':
      return `${sayTime(event.data.lastSeen)}  ${event.data.id}  NODE ${event.data.online ? 'online' : 'offline'}`;
  }
}

/** What a person should know of a reading beside its values: that somebody is to look at it, or that its time is in doubt. */
function sayMarks(marks: readonly string[] = []): string {
  const told = marks.filter((mark) => mark === 'analyse' || mark === 'clockUnsure');
  return told.map((mark) => `  [${mark}]`).join('');
}

/** Whom an event is about: the device, or the node. */
export const feedSubject = (event: FeedEvent): string => (event.kind === 'node' ? event.data.id : event.data.device);
