import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { TLSSocket } from 'node:tls';
import type { Log } from '@selvedge/kernel';
import type { ListenerOptions } from '../../config.ts';
import type { About, Listener } from '../../ports.ts';
import { addressOf, close, listen } from '../listen.ts';
import { certificateOf, tlsSettings } from '../tls-settings.ts';
import { waitingRoom } from '../waiting-room.ts';
import { answerUpgrade } from './handshake.ts';
import { websocketStream } from './stream.ts';

/** Bytes of the request that asks for a WebSocket. */
const requestSizeMax = 8_192;

/** MQTT over WebSocket (section 6), at any path, with the subprotocol `mqtt`. */
export function websocketListener(options: ListenerOptions, log: Log): Listener {
  const settings = { maxHeaderSize: requestSizeMax, noDelay: true };
  const server =
    options.transport === 'wss'
      ? createHttpsServer({ ...settings, ...tlsSettings(options) })
      : createHttpServer(settings);
  server.on('request', (_request, response) => {
    response.writeHead(426, { connection: 'Upgrade', upgrade: 'websocket' }).end('MQTT over WebSocket only\n');
  });
  return {
    start(gate) {
      const waiting = waitingRoom(server, gate);
      server.on('upgrade', (request, socket, head) => {
        const about = aboutOf(request, options);
        if (!about) return void socket.destroy();
        const { taken, head: answer } = answerUpgrade(request);
        if (taken) {
          socket.write(answer);
          waiting.admit(request.socket, websocketStream(socket, head), about);
        } else {
          socket.on('error', () => undefined);
          socket.end(answer);
        }
      });
      return listen(server, options, log);
    },
    stop() {
      void close(server);
      server.closeIdleConnections();
      return Promise.resolve();
    },
  };
}

/** Undefined if its certificate is not good. */
function aboutOf(request: IncomingMessage, options: ListenerOptions): About | undefined {
  const { socket } = request;
  if (!(socket instanceof TLSSocket)) return { address: addressOf(socket), secure: false, certificate: undefined };
  const certificate = certificateOf(socket, options);
  return certificate === false ? undefined : { address: addressOf(socket), secure: true, certificate };
}
