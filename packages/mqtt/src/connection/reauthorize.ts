import { takesTopic } from '../router/filter.ts';
import type { Connection } from './connection.ts';

/**
 * Asks access anew: what it said of topics is forgotten, and subscriptions that it does not allow any more are removed,
 * with what they have queued and no other subscription of the client takes.
 */
export function reauthorize(connection: Connection): void {
  const { hub, session, publisher } = connection;
  connection.permits = undefined;
  if (!hub.access) return;
  const lost: (readonly string[])[] = [];
  for (const [text, { filter }] of session.subscriptions) {
    if (hub.access.authorize(publisher, 'subscribe', filter.text)) continue;
    session.unsubscribe(text);
    lost.push(filter.levels);
  }
  if (lost.length === 0) return;
  const left = [...session.subscriptions.values()].map(({ filter }) => filter.levels);
  const takes = (filters: readonly (readonly string[])[], topic: string): boolean =>
    filters.some((levels) => takesTopic(levels, topic));
  session.outgoing.withdraw((topic) => takes(lost, topic) && !takes(left, topic));
}
