import { createServer } from 'node:net';
import type { Log } from '@selvedge/kernel';
import type { ListenerOptions } from '../../config.ts';
import type { Listener } from '../../ports.ts';
import { addressOf, close, listen } from '../listen.ts';

/** How long a connection may be idle before the system asks whether the peer still exists. */
const probeAfterMs = 60_000;

/** MQTT over TCP. */
export function tcpListener(options: ListenerOptions, log: Log): Listener {
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: probeAfterMs });
  return {
    start(gate) {
      server.on('connection', (socket) => gate.accept(socket, { address: addressOf(socket), secure: false }));
      return listen(server, options, log);
    },
    // A server closes when its last connection has; those are the broker's to end, so this does not wait for them.
    stop() {
      void close(server);
      return Promise.resolve();
    },
  };
}
