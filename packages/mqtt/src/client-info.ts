import type { Rates } from './operations/rates.ts';
import type { Session } from './session/session.ts';

/** One session, for people and dashboards. Counters are since the connection began. */
export interface ClientInfo {
  readonly clientId: string;
  /** Undefined while the client is away. */
  readonly connection: ConnectionInfo | undefined;
  readonly subscriptions: number;
  /** QoS 1 and 2 messages that wait to be sent. */
  readonly queued: number;
  /** Of their payloads, those in memory. */
  readonly queuedBytes: number;
  /** Sent and not yet acknowledged. */
  readonly inflight: number;
  /** Seconds the session is kept after its client has left; 0: it ends with the connection. */
  readonly expiry: number;
}

export interface ConnectionInfo {
  readonly address: string;
  readonly secure: boolean;
  readonly username: string | undefined;
  /** 4 is MQTT 3.1.1. */
  readonly protocol: 4 | 5;
  /** Wall time in milliseconds. */
  readonly since: number;
  /** PUBLISH packets from and to the client. */
  readonly received: number;
  readonly delivered: number;
  /** The same a second, over the last whole period of 5 s; 0 during the first. */
  readonly receivedRate: number;
  readonly deliveredRate: number;
  /** What the access verdict left for the intake. */
  readonly context: unknown;
}

/** `wallOffset` is wall time minus clock ticks. */
export function clientInfo(session: Session, wallOffset: number, rates: Rates): ClientInfo {
  const { connection, outgoing } = session;
  return {
    clientId: session.clientId,
    connection: connection && {
      address: connection.about.address,
      secure: connection.about.secure,
      username: connection.publisher.username,
      protocol: connection.version,
      since: connection.openedAt + wallOffset,
      received: connection.received,
      delivered: connection.out.delivered,
      ...rates.of(connection),
      context: connection.publisher.context,
    },
    subscriptions: session.subscriptions.size,
    queued: outgoing.queued,
    queuedBytes: outgoing.queuedBytes,
    inflight: outgoing.inflight,
    expiry: session.expiry,
  };
}
