import type { Session } from './session/session.ts';

/** One session, for people and dashboards. Counters are since the connection began. */
export interface ClientInfo {
  readonly clientId: string;
  /** Undefined while the client is away. */
  readonly connection: ConnectionInfo | undefined;
  readonly subscriptions: number;
  /** QoS 1 and 2 messages that wait to be sent. */
  readonly queued: number;
  readonly queuedBytes: number;
  /** Sent and not yet acknowledged. */
  readonly inflight: number;
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
}

/** `wallOffset` is wall time minus clock ticks. */
export function clientInfo(session: Session, wallOffset: number): ClientInfo {
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
    },
    subscriptions: session.subscriptions.size,
    queued: outgoing.queued,
    queuedBytes: outgoing.queuedBytes,
    inflight: outgoing.inflight,
  };
}
