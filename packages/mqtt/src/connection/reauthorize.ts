import type { Connection } from './connection.ts';

/** Asks access anew: what it said of topics is forgotten, and subscriptions that it does not allow any more are removed. */
export function reauthorize(connection: Connection): void {
  const { hub, session, publisher } = connection;
  connection.permits = undefined;
  if (!hub.access) return;
  for (const [text, { filter }] of session.subscriptions) {
    if (!hub.access.authorize(publisher, 'subscribe', filter.text)) session.unsubscribe(text);
  }
}
