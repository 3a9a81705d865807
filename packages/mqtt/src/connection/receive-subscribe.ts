import { whenKept } from '../hub.ts';
import { encodeSuback } from '../packets/suback.ts';
import { decodeSubscribe, type SubscribeRequest } from '../packets/subscribe.ts';
import { encodeUnsuback } from '../packets/unsuback.ts';
import { decodeUnsubscribe } from '../packets/unsubscribe.ts';
import { reason, reasonName } from '../reason.ts';
import { type Filter, parseFilter } from '../router/filter.ts';
import { termsOf } from '../router/subscriptions.ts';
import type { Connection } from './connection.ts';

interface Wish {
  readonly request: SubscribeRequest;
  /** Undefined: well-formed, but not one that this broker takes. */
  readonly filter: Filter | undefined;
}

/** Takes all filters of one SUBSCRIBE or, if one is malformed, none. Retained messages follow the SUBACK. */
export function receiveSubscribe(connection: Connection, bytes: Buffer, start: number, end: number): boolean {
  const { hub, session, version } = connection;
  const parsed = decodeSubscribe(bytes, start, end, version, hub.limits);
  if (!parsed.ok) return connection.fail(parsed.code, parsed.why);
  const { packetId, requests, subscriptionId } = parsed.value;
  const wishes: Wish[] = [];
  for (const request of requests) {
    const filter = parseFilter(request.filter, hub.limits.topicLevelsMax);
    if (!filter.ok && filter.code !== reason.topicFilterInvalid) return connection.fail(filter.code, filter.why);
    wishes.push({ request, filter: filter.ok ? filter.value : undefined });
  }
  // One after the other, as if each filter had come in a packet of its own [MQTT-3.8.4-5]
  const known = new Set<Wish>();
  const codes = wishes.map((wish) => {
    if (session.subscriptions.has(wish.request.filter)) known.add(wish);
    return subscribe(connection, wish, subscriptionId);
  });
  const answer = (): void => {
    if (connection.phase !== 'open') return;
    if (!sendAnswer(connection, suback(connection, packetId, codes))) return; // [MQTT-3.8.4-1]
    for (const [index, wish] of wishes.entries()) {
      if (!wish.filter || codes[index]! >= 0x80) continue;
      hub.events.subscribed.tell(session.clientId, wish.request.filter);
      feedRetained(connection, wish, subscriptionId, !known.has(wish));
      session.outgoing.pump();
    }
  };
  whenKept(hub, answer, () => connection.close(reason.implementationSpecific));
  return true;
}

/** Gives the code for the SUBACK. */
function subscribe(connection: Connection, { request, filter }: Wish, id: number): number {
  const { hub, session, publisher } = connection;
  if (!filter) return reason.topicFilterInvalid;
  if (hub.access && !hub.access.authorize(publisher, 'subscribe', filter.text)) {
    return hub.access.refusal?.(publisher, filter.text) ?? reason.notAuthorized;
  }
  const full = session.subscriptions.size >= hub.limits.subscriptionsMax;
  if (full && !session.subscriptions.has(request.filter)) return reason.quotaExceeded;
  const { qos, noLocal, retainAsPublished } = request;
  session.subscribe(filter, { filter: request.filter, qos, noLocal, retainAsPublished, id });
  return qos;
}

function feedRetained(connection: Connection, { request, filter }: Wish, id: number, isNew: boolean): void {
  // [MQTT-3.3.1-9] … [MQTT-3.3.1-11]; a shared subscription gets none
  if (!filter || filter.group !== undefined) return;
  if (request.retainHandling === 2 || (request.retainHandling === 1 && !isNew)) return;
  if (!connection.session.subscriptions.has(request.filter)) return;
  const parcels = connection.hub.router.retained.matching(filter.levels);
  connection.session.outgoing.feed(request.filter, {
    parcels,
    terms: termsOf([{ ...request, id }]),
    noLocal: request.noLocal,
  });
}

export function receiveUnsubscribe(connection: Connection, bytes: Buffer, start: number, end: number): boolean {
  const { hub, session, version } = connection;
  const parsed = decodeUnsubscribe(bytes, start, end, version, hub.limits);
  if (!parsed.ok) return connection.fail(parsed.code, parsed.why);
  const { packetId, filters } = parsed.value;
  for (const text of filters) {
    const filter = parseFilter(text, hub.limits.topicLevelsMax);
    if (!filter.ok && filter.code !== reason.topicFilterInvalid) return connection.fail(filter.code, filter.why);
  }
  const codes = filters.map((filter) => (session.unsubscribe(filter) ? reason.success : reason.noSubscriptionExisted));
  const answer = (): void => {
    if (connection.phase === 'open') sendAnswer(connection, encodeUnsuback(version, packetId, codes)); // [MQTT-3.10.4-4]
  };
  whenKept(hub, answer, () => connection.close(reason.implementationSpecific));
  return true;
}

/** In words it says why the first refused filter is; left out where the client would not take it [MQTT-3.9.2-1]. */
function suback({ version, explains, out }: Connection, packetId: number, codes: readonly number[]): Buffer {
  const plain = encodeSuback(version, packetId, codes);
  const at = codes.findIndex((code) => code >= 0x80);
  if (at < 0 || !explains) return plain;
  const bytes = encodeSuback(version, packetId, codes, `filter ${at + 1}: ${reasonName(codes[at]!)}`);
  return bytes.length <= out.packetSizeMax ? bytes : plain;
}

/** False: it is larger than its client takes, and the connection is closed [MQTT-3.1.2-24]. */
function sendAnswer(connection: Connection, bytes: Uint8Array): boolean {
  const fits = bytes.length <= connection.out.packetSizeMax;
  if (fits) connection.out.send(bytes);
  else connection.close(reason.packetTooLarge, 'the answer is larger than you take');
  return fits;
}
