import { createServer } from 'node:tls';
import type { Log } from '@selvedge/kernel';
import type { ListenerOptions } from '../../config.ts';
import type { Listener } from '../../ports.ts';
import { addressOf, close, listen } from '../listen.ts';
import { certificateOf, tlsSettings } from '../tls-settings.ts';
import { waitingRoom } from '../waiting-room.ts';

/** MQTT over TLS, with client certificates if asked for. */
export function tlsListener(options: ListenerOptions, log: Log): Listener {
  const server = createServer({ ...tlsSettings(options), noDelay: true, keepAlive: true });
  return {
    start(gate) {
      const waiting = waitingRoom(server, gate);
      server.on('secureConnection', (socket) => {
        const certificate = certificateOf(socket, options);
        if (certificate === false) {
          log.debug('mqtt.certificate.refused', { address: addressOf(socket), why: String(socket.authorizationError) });
          socket.destroy();
          return;
        }
        waiting.admit(socket, socket, { address: addressOf(socket), secure: true, certificate });
      });
      return listen(server, options, log);
    },
    stop() {
      void close(server);
      return Promise.resolve();
    },
  };
}
