import type { AddressInfo, Server } from 'node:net';
import type { Log } from '@selvedge/kernel';
import type { ListenerOptions } from '../config.ts';
import { mqttFaults } from '../faults.ts';

/** Listens, and gives the port in use. Throws MQTT_PORT_TAKEN or MQTT_LISTEN_FAILED. */
export function listen(server: Server, { transport, host, port }: ListenerOptions, log: Log): Promise<number> {
  return new Promise((resolve, reject) => {
    server.on('error', (cause: NodeJS.ErrnoException) => {
      const facts = { transport, host, port };
      // Once it listens, a connection that cannot be taken (no file descriptor left) is no reason to stop.
      if (server.listening) return log.error('mqtt.accept.failed', { ...facts, message: cause.message });
      reject(
        cause.code === 'EADDRINUSE'
          ? mqttFaults(
              'MQTT_PORT_TAKEN',
              `${host}:${port} is taken, so the ${transport} listener cannot start`,
              facts,
              cause,
            )
          : mqttFaults('MQTT_LISTEN_FAILED', `cannot listen at ${host}:${port}: ${cause.message}`, facts, cause),
      );
    });
    server.listen({ host, port }, () => resolve((server.address() as AddressInfo).port));
  });
}

export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve();
    server.close(() => resolve());
  });
}

/** `host:port` of the other side. */
export const addressOf = (socket: { remoteAddress?: string | undefined; remotePort?: number | undefined }): string =>
  `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`;
