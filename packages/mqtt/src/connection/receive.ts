import {
  type AcknowledgementKind,
  decodeAcknowledgement,
  puback,
  pubcomp,
  pubrec,
  pubrel,
} from '../packets/acknowledgement.ts';
import { decodeDisconnect } from '../packets/disconnect.ts';
import { pingresp } from '../packets/ping.ts';
import { reason, reasonName } from '../reason.ts';
import type { Connection } from './connection.ts';
import { isAuthenticating, receiveAuth } from './receive-auth.ts';
import { receiveConnect } from './receive-connect.ts';
import { receivePublish } from './receive-publish.ts';
import { receiveSubscribe, receiveUnsubscribe } from './receive-subscribe.ts';

/** Gives one packet to whoever handles its kind. False: nothing more is to be read for now. */
export function receive(connection: Connection, first: number, bytes: Buffer, start: number, end: number): boolean {
  if (connection.phase !== 'open') return receiveFirst(connection, first, bytes, start, end);
  if (first >> 4 === 3) return receivePublish(connection, first, bytes, start, end);
  switch (first) {
    case puback:
    case pubrec:
    case pubrel:
    case pubcomp:
      return receiveAcknowledgement(connection, first, bytes, start, end);
    // What a client has published before is routed by the subscriptions of before.
    case 0x82:
      if (connection.busy) return connection.postpone(first, bytes, start, end);
      return receiveSubscribe(connection, bytes, start, end);
    case 0xa2:
      if (connection.busy) return connection.postpone(first, bytes, start, end);
      return receiveUnsubscribe(connection, bytes, start, end);
    case 0xc0:
      if (end > start) return connection.fail(reason.malformedPacket, 'a PINGREQ with a body');
      connection.answer(pingresp); // [MQTT-3.12.4-1]
      return true;
    case 0xe0:
      return receiveDisconnect(connection, bytes, start, end);
    case 0xf0:
      if (connection.version === 5) return receiveAuth(connection, bytes, start, end);
      return receiveWrong(connection, first);
    default:
      return receiveWrong(connection, first);
  }
}

/** Until a client is in a session, the only packet it may send is CONNECT [MQTT-3.1.0-1]; whoever does not is not answered. */
function receiveFirst(connection: Connection, first: number, bytes: Buffer, start: number, end: number): boolean {
  if (connection.phase !== 'fresh') return false;
  if (isAuthenticating(connection)) return receiveAuthenticating(connection, first, bytes, start, end);
  if (first === 0x10) return receiveConnect(connection, bytes, start, end);
  return connection.fail(reason.protocolError, 'the first packet is no CONNECT');
}

function receiveAuthenticating(
  connection: Connection,
  first: number,
  bytes: Buffer,
  start: number,
  end: number,
): boolean {
  if (first === 0xf0) return receiveAuth(connection, bytes, start, end);
  if (first !== 0xe0) return connection.fail(reason.protocolError, `packet ${first >> 4} before CONNACK`);
  connection.closeSilently('client-left');
  return false;
}

function receiveWrong(connection: Connection, first: number): false {
  const kind = first >> 4;
  // [MQTT-3.1.0-2]; CONNACK, SUBACK, UNSUBACK and PINGRESP are the server's
  const server = kind === 2 || kind === 9 || kind === 11 || kind === 13;
  if (kind === 1) return connection.fail(reason.protocolError, 'a second CONNECT');
  if (server && (first & 15) === 0)
    return connection.fail(reason.protocolError, `a client may not send packet ${kind} now`);
  return connection.fail(reason.malformedPacket, `a packet begins with ${first}`); // [MQTT-2.1.3-1]
}

function receiveAcknowledgement(
  connection: Connection,
  kind: AcknowledgementKind,
  bytes: Buffer,
  start: number,
  end: number,
): boolean {
  const { hub, session, version } = connection;
  const { acknowledgement } = hub.scratch;
  const code = decodeAcknowledgement(acknowledgement, kind, bytes, start, end, version, hub.limits);
  if (code !== 0) return connection.fail(code, acknowledgement.why);
  const { packetId } = acknowledgement;
  const { outgoing } = session;
  let fits: boolean = true;
  if (kind === puback) fits = outgoing.acknowledged(packetId, acknowledgement.code);
  else if (kind === pubrec) fits = outgoing.received(packetId, acknowledgement.code);
  else if (kind === pubcomp) fits = outgoing.completed(packetId);
  else receiveRelease(connection, packetId, end - start);
  if (fits) return true;
  // [MQTT-4.13.1-1], MQTT 3.1.1's [MQTT-4.8.0-1]
  return connection.fail(reason.protocolError, 'an acknowledgement of another handshake than the message is in');
}

/** PUBREL: the identifier is free again. PUBCOMP leaves with the batch, when the store knows it too [MQTT-4.3.3-11]. */
function receiveRelease(connection: Connection, packetId: number, size: number): void {
  const known = connection.session.forget(packetId);
  connection.acks.stage(
    pubcomp,
    packetId,
    known ? reason.success : reason.packetIdentifierNotFound,
    connection.version,
  );
  connection.enlist(size);
}

function receiveDisconnect(connection: Connection, bytes: Buffer, start: number, end: number): false {
  const { session, version, hub } = connection;
  const parsed = decodeDisconnect(bytes, start, end, version, hub.limits);
  if (!parsed.ok) return connection.fail(parsed.code, parsed.why);
  const { code, sessionExpiry } = parsed.value;
  if (sessionExpiry !== undefined) {
    // A session that was to end with its connection cannot be kept after all
    if (session.expiry === 0 && sessionExpiry > 0) {
      return connection.fail(reason.protocolError, 'a session expiry where the CONNECT asked for none');
    }
    session.keepFor(sessionExpiry);
  }
  if (code === reason.success) session.will = undefined; // [MQTT-3.14.4-3]
  connection.closeSilently(code === reason.success ? 'client-left' : reasonName(code));
  return false;
}
