import type { Hub } from '../hub.ts';
import { encodeRefusal, puback, pubrec } from '../packets/acknowledgement.ts';
import { decodePublish, type PublishHead } from '../packets/publish.ts';
import { publishRefusals, reason, reasonName } from '../reason.ts';
import { Parcel } from '../router/parcel.ts';
import { noMatch } from '../router/subscriptions.ts';
import type { Topic } from '../router/topics.ts';
import type { Connection } from './connection.ts';

/**
 * Takes one PUBLISH: this is the hot path, which allocates nothing unless the message has properties, a new topic, or
 * somebody to go to.
 */
export function receivePublish(
  connection: Connection,
  first: number,
  bytes: Buffer,
  start: number,
  end: number,
): boolean {
  const { hub, session, version } = connection;
  const { head } = hub.scratch;
  const wrong = decodePublish(head, first, bytes, start, end, version, hub.limits);
  if (wrong !== 0) return connection.fail(wrong, head.why);
  const { qos, packetId } = head;
  const topic = findTopic(connection, head, bytes);
  if (!topic) return false;
  hub.tally.publishes[qos] += 1;
  hub.tally.publishedBytes += end - start;
  connection.received += 1;
  if (qos === 2 && session.incoming.has(packetId)) return repeatReceived(connection, packetId, end - start);
  if (!checkWindow(connection, qos)) return false;
  let code = mayPublish(connection, topic) ? take(connection, head, topic, bytes) : reason.notAuthorized;
  if (code < 0x80) code = keep(connection, head, topic, bytes);
  else if (!refuse(connection, qos, code)) return false;
  stageAnswer(connection, head, code, end - start);
  return true;
}

/** Stages what the client is to hear when the commit has settled; `size` bytes of memory wait for it. */
export function stageAnswer(connection: Connection, head: PublishHead, code: number, size: number): void {
  const { hub, session, version, acks } = connection;
  const { qos, packetId } = head;
  connection.enlist(size);
  if (qos === 0) return;
  const kind = qos === 1 ? puback : pubrec;
  // A version 5 refusal ends the handshake; version 4 knows none and goes on to PUBREL.
  if (qos === 2 && (code < 0x80 || version === 4)) session.remember(packetId, hub.turn.filling);
  if (code >= 0x80 && connection.explains) explain(connection, kind, packetId, code);
  else acks.stage(kind, packetId, code, version);
}

/** A refusal with its reason in words, unless the client takes no packet that long [MQTT-3.4.2-2], [MQTT-3.5.2-2]. */
function explain({ acks, out }: Connection, kind: typeof puback | typeof pubrec, packetId: number, code: number): void {
  const why = code === reason.notAuthorized ? 'publishing to this topic is not allowed' : reasonName(code);
  const bytes = encodeRefusal(kind, packetId, code, why);
  if (bytes.length <= out.packetSizeMax) acks.append(bytes, kind);
  else acks.stage(kind, packetId, code, 5);
}

/** False: a version 5 client sends one more than it may have unacknowledged, and is closed [MQTT-3.3.4-7]. */
export function checkWindow(connection: Connection, qos: 0 | 1 | 2): boolean {
  const { acks, session, version } = connection;
  const { receiveMax } = connection.hub.limits;
  if (qos === 0 || version === 4 || acks.owed + session.incoming.size < receiveMax) return true;
  return connection.fail(reason.receiveMaximumExceeded, `more than ${receiveMax} unacknowledged publishes`);
}

/** The topic by its bytes, or by its alias. Undefined: there is none, and the connection is closed. */
export function findTopic(connection: Connection, head: PublishHead, bytes: Buffer): Topic | undefined {
  const { topicStart, topicEnd, topicAlias } = head;
  if (topicEnd === topicStart) {
    const topic = connection.aliases?.[topicAlias];
    if (!topic) connection.fail(reason.protocolError, 'neither a topic nor a known topic alias');
    return topic;
  }
  let topic = connection.topic;
  if (!topic?.is(bytes, topicStart, topicEnd)) {
    topic = connection.hub.topics.fromBytes(bytes, topicStart, topicEnd);
    if (!topic) {
      const refusal = connection.hub.topics.why(bytes, topicStart, topicEnd);
      connection.fail(refusal.code, refusal.why);
      return undefined;
    }
    connection.topic = topic;
  }
  const responseTopic = head.properties?.responseTopic;
  if (responseTopic !== undefined && /[+#]/.test(responseTopic)) {
    connection.fail(reason.protocolError, 'a response topic holds a wildcard'); // [MQTT-3.3.2-14]
    return undefined;
  }
  return topicAlias < 0 || learnAlias(connection, topicAlias, topic) ? topic : undefined;
}

/** [MQTT-3.3.2-8], [MQTT-3.3.2-9], [MQTT-3.3.2-12] */
function learnAlias(connection: Connection, alias: number, topic: Topic): boolean {
  const most = connection.hub.limits.topicAliasMax;
  if (alias === 0 || alias > most)
    return connection.fail(reason.topicAliasInvalid, `topic alias ${alias}, at most ${most}`);
  connection.aliases ??= [];
  connection.aliases[alias] = topic;
  return true;
}

const permitsMax = 64;

/** Access is asked once for each topic of a connection; a `$` topic is the server's. */
export function mayPublish(connection: Connection, topic: Topic): boolean {
  if (topic.system) return false;
  const { access } = connection.hub;
  if (!access) return true;
  const permits = (connection.permits ??= new Map());
  const known = permits.get(topic.text);
  if (known !== undefined) return known;
  const allowed = access.authorize(connection.publisher, 'publish', topic.text);
  if (permits.size >= permitsMax) permits.clear();
  permits.set(topic.text, allowed);
  return allowed;
}

/** Offers the payload in `bytes` to the intake. Gives the reason code. */
export function take(connection: Connection, head: PublishHead, topic: Topic, bytes: Buffer): number {
  const { intake, scratch, turn } = connection.hub;
  if (!intake || (head.qos === 2 && connection.session.wasTaken(head.packetId, head.duplicate))) return reason.success;
  const { incoming } = scratch;
  incoming.topic = topic.text;
  incoming.bytes = bytes;
  incoming.start = head.payloadStart;
  incoming.end = head.payloadEnd;
  incoming.qos = head.qos;
  incoming.retain = head.retain;
  incoming.duplicate = head.duplicate;
  incoming.packetId = head.packetId;
  incoming.sequence = head.qos === 2 ? connection.session.nameReception() : 0;
  incoming.properties = head.properties;
  const code = intake.take(connection.publisher, incoming);
  if (code >= 0x80) return publishRefusals.has(code) ? code : reason.implementationSpecific;
  turn.took();
  return reason.success;
}

/** Copies the message if somebody is to get it, to be routed after the commit. Gives the reason code to acknowledge with. */
function keep(connection: Connection, head: PublishHead, topic: Topic, bytes: Buffer): number {
  const { hub } = connection;
  const matched = hub.router.match(topic) !== noMatch;
  if (matched || head.retain) {
    // Retained messages live long: one of its own keeps them from holding a whole pool.
    const size = head.payloadEnd - head.payloadStart;
    const payload = head.retain ? Buffer.allocUnsafeSlow(size) : Buffer.allocUnsafe(size);
    bytes.copy(payload, 0, head.payloadStart, head.payloadEnd);
    const from = connection.publisher.clientId;
    hub.turn.hold(new Parcel(topic, payload, head.qos, head.retain, head.properties, hub.clock.ticks(), from));
  }
  return matched ? reason.success : reason.noMatchingSubscribers;
}

/** Counts a refusal. False: a version 4 client is to send it again later, so its connection ends unacknowledged. */
export function refuse(connection: Connection, qos: 0 | 1 | 2, code: number): boolean {
  connection.hub.tally.refused(code);
  if (code !== reason.quotaExceeded || connection.version === 5 || qos === 0) return true;
  connection.close(code);
  return false;
}

/** A QoS 2 publish that has been taken before is acknowledged, not taken again [MQTT-4.3.3-10]. */
export function repeatReceived(connection: Connection, packetId: number, size: number): true {
  const { hub, session } = connection;
  if (isSettled(hub, session.incoming.get(packetId)!)) {
    connection.out.sendAcknowledgement(pubrec, packetId, reason.success);
  } else {
    connection.enlist(size);
    connection.acks.stage(pubrec, packetId, reason.success, connection.version);
  }
  return true;
}

const isSettled = (hub: Hub, batch: number): boolean => batch <= hub.turn.settled;
