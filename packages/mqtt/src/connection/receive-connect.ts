import { describeFailure } from '@selvedge/kernel';
import { type Hub, whenKept } from '../hub.ts';
import { encodeConnack } from '../packets/connack.ts';
import { type Connect, decodeConnect } from '../packets/connect.ts';
import type { Properties } from '../packets/properties.ts';
import type { AccessVerdict, ConnectRequest, Publisher } from '../ports.ts';
import { connectRefusals, reason, reasonName } from '../reason.ts';
import type { Will } from '../session/will.ts';
import type { Connection } from './connection.ts';
import { reauthorize } from './reauthorize.ts';
import { beginAuthentication } from './receive-auth.ts';

/** CONNECT: who is it, may it, and into which session (section 3.1.4). */
export function receiveConnect(connection: Connection, bytes: Buffer, start: number, end: number): boolean {
  const { hub } = connection;
  const parsed = decodeConnect(bytes, start, end, hub.limits);
  if (!parsed.ok) {
    hub.tally.malformed(parsed.code);
    if (parsed.reply) {
      setVersion(connection, parsed.reply);
      return reject(connection, parsed.code, parsed.why);
    }
    connection.closeSilently(reasonName(parsed.code));
    return false;
  }
  const connect = parsed.value;
  setVersion(connection, connect.version);
  connection.out.aliasMax = Math.min(connect.properties.topicAliasMaximum ?? 0, hub.limits.topicAliasMax);
  connection.explains = connect.version === 5 && connect.properties.requestProblemInformation !== 0;
  connection.out.packetSizeMax = connect.properties.maximumPacketSize ?? Number.POSITIVE_INFINITY;
  if (Buffer.byteLength(connect.clientId) > hub.limits.clientIdSizeMax) {
    return reject(connection, reason.clientIdentifierNotValid, `more than ${hub.limits.clientIdSizeMax} bytes`);
  }
  // Put into a filter by who writes an access, it would open more than its own topics.
  if (/[+#]/.test(connect.clientId)) return reject(connection, reason.clientIdentifierNotValid, 'a wildcard');
  const request = requestOf(connection, connect);
  const { authenticationMethod: method, authenticationData: data } = connect.properties;
  if (method !== undefined) {
    const decide = (verdict: AccessVerdict): void => void admit(connection, connect, request, verdict);
    if (beginAuthentication(connection, request, { method, data }, decide)) return connection.in.takes;
    return reject(connection, reason.badAuthenticationMethod, 'this method is not known here'); // [MQTT-4.12.0-1]
  }
  const undecided = (cause: unknown): false => {
    hub.log.error('mqtt.access.failed', describeFailure(cause));
    return reject(connection, reason.serverUnavailable, 'access could not be decided');
  };
  let verdict: AccessVerdict | Promise<AccessVerdict>;
  try {
    verdict = hub.access?.authenticate(request) ?? { ok: true };
  } catch (cause) {
    return undecided(cause);
  }
  if (!('then' in verdict)) return admit(connection, connect, request, verdict);
  connection.phase = 'asking';
  verdict
    .then((settled) => connection.phase === 'asking' && admit(connection, connect, request, settled))
    .catch(undecided);
  return false;
}

function requestOf(connection: Connection, connect: Connect): ConnectRequest {
  const { about, hub } = connection;
  return {
    clientId: connect.clientId === '' ? assignedId(hub) : connect.clientId,
    username: connect.username,
    password: connect.password,
    protocol: connect.version,
    cleanStart: connect.cleanStart,
    address: about.address,
    secure: about.secure,
    certificate: about.certificate,
    userProperties: connect.properties.userProperties ?? [],
  };
}

/** Gives whether the packets behind the CONNECT may be read at once. */
function admit(connection: Connection, connect: Connect, request: ConnectRequest, verdict: AccessVerdict): boolean {
  const { hub } = connection;
  if (!verdict.ok) return reject(connection, verdict.code, verdict.why, verdict.serverReference);
  const clientId = `${verdict.scope ?? ''}${request.clientId}`;
  const publisher = publisherOf(request, clientId, verdict.context);
  const will = willOf(hub, connect, publisher);
  if (typeof will === 'number') return reject(connection, will, 'the will is refused');
  if (!hub.sessions.hasRoom(clientId)) return reject(connection, reason.quotaExceeded, 'no room for another client');
  const expiry = expiryOf(hub, connect);
  const granted = { ...terms(connection, connect, request, expiry), ...toldBy(verdict, connect) };
  // [MQTT-3.1.2-24]: to a client that does not take even this, nothing can be said
  if (encodeConnack(connect.version, false, reason.success, granted).length > connection.out.packetSizeMax)
    return reject(connection, reason.packetTooLarge, undefined);
  const { session, present } = hub.sessions.attach(connection, clientId, connect.cleanStart, expiry);
  connection.publisher = publisher;
  connection.session = session;
  connection.phase = 'asking';
  session.bequeath(will); // [MQTT-3.1.2-7]
  if (present) reauthorize(connection);
  let open = false;
  const answer = (): void => {
    if (connection.phase !== 'asking') return;
    session.will = will;
    connection.settled();
    hub.tally.connected(reason.success);
    connection.out.send(encodeConnack(connect.version, present, reason.success, granted));
    const { receiveMaximum = 65_535 } = connect.properties;
    session.outgoing.attach(connection.out, Math.min(receiveMaximum, hub.limits.inflightMax));
    open = connection.open();
  };
  whenKept(hub, answer, () => reject(connection, reason.serverUnavailable, 'the session could not be kept'));
  return open;
}

/** Answers with CONNACK, where it can say why, and ends [MQTT-3.2.2-7]. Gives false. */
function reject(connection: Connection, asked: number, why: string | undefined, serverReference?: string): false {
  const { hub, version, about } = connection;
  const code = connectRefusals.has(asked) ? asked : reason.unspecified; // [MQTT-3.2.2-8]
  hub.tally.connected(code);
  hub.log.debug('mqtt.connect.refused', { address: about.address, reason: reasonName(code), why });
  const reference = serverReference === undefined ? {} : { serverReference };
  const explained = why === undefined ? reference : { ...reference, reasonString: why };
  // The most that the client takes [MQTT-3.2.2-19]
  const told = [explained, reference, {}]
    .map((properties) => encodeConnack(version, false, code, properties))
    .find((bytes) => bytes.length <= connection.out.packetSizeMax);
  // Version 4 has no return code for a will topic that is none, and then is told nothing [MQTT3-3.2.2-6]
  if (told && (version === 5 || code !== reason.topicNameInvalid)) connection.out.send(told);
  connection.closeSilently(reasonName(code));
  return false;
}

function setVersion(connection: Connection, version: 4 | 5): void {
  connection.version = version;
  connection.out.version = version;
}

const publisherOf = (request: ConnectRequest, clientId: string, context: unknown): Publisher => ({
  clientId,
  username: request.username,
  address: request.address,
  secure: request.secure,
  certificate: request.certificate,
  protocol: request.protocol,
  context,
});

/** The will if there is one that may ever be published, or the reason code that refuses it. */
function willOf(hub: Hub, connect: Connect, publisher: Publisher): Will | undefined | number {
  const { will } = connect;
  if (!will) return undefined;
  const topic = hub.topics.fromText(will.topic);
  if (!topic) return reason.topicNameInvalid;
  // The bridge of a Mosquitto leaves a will below $SYS/ with every server.
  if (topic.system) return undefined;
  const allowed = hub.access?.authorize(publisher, 'publish', topic.text) ?? true;
  if (!allowed) return reason.notAuthorized;
  return { key: hub.keeper.next(), topic, will, publisher, delay: will.properties.willDelay ?? 0 };
}

/** Seconds the session outlives its connection. */
function expiryOf(hub: Hub, connect: Connect): number {
  const most = Math.floor(hub.limits.sessionExpiryMax / 1_000);
  if (connect.version === 4) return connect.cleanStart ? 0 : most;
  return Math.min(connect.properties.sessionExpiry ?? 0, most);
}

/** What the client has to know of the connection, and the keep-alive that follows from it. */
function terms(connection: Connection, connect: Connect, request: ConnectRequest, expiry: number): Properties {
  const { limits } = connection.hub;
  const most = Math.min(65_535, Math.floor(limits.keepAliveMax / 1_000));
  const tooLong = connect.version === 5 && (connect.keepAlive === 0 || connect.keepAlive > most);
  const keepAlive = tooLong ? most : connect.keepAlive;
  connection.silenceMax = keepAlive === 0 ? Number.POSITIVE_INFINITY : keepAlive * 1_500;
  return {
    maximumPacketSize: limits.packetSizeMax,
    topicAliasMaximum: limits.topicAliasMax,
    ...(limits.receiveMax < 65_535 ? { receiveMaximum: limits.receiveMax } : {}),
    ...(expiry === (connect.properties.sessionExpiry ?? 0) ? {} : { sessionExpiry: expiry }),
    ...(connect.clientId === '' ? { assignedClientId: request.clientId } : {}), // [MQTT-3.2.2-16]
    ...(tooLong ? { serverKeepAlive: keepAlive } : {}),
  };
}

/** What access has for the client, of that which the client asked for. */
function toldBy(verdict: AccessVerdict & { ok: true }, { properties }: Connect): Properties {
  const { authenticationMethod, requestResponseInformation } = properties;
  const { authenticationData, responseInformation } = verdict;
  return {
    ...(authenticationMethod === undefined ? {} : { authenticationMethod }), // [MQTT-4.12.0-5]
    ...(authenticationMethod === undefined || !authenticationData ? {} : { authenticationData }),
    // [MQTT-3.1.2-28]
    ...(requestResponseInformation === 1 && responseInformation !== undefined ? { responseInformation } : {}),
  };
}

function assignedId(hub: Hub): string {
  for (;;) {
    const id = `auto-${Math.floor(hub.random.next() * 2 ** 48).toString(36)}`;
    if (!hub.sessions.get(id)) return id;
  }
}
