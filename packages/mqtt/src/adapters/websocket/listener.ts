import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { Log } from '@selvedge/kernel';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import type { Limits, ListenerOptions } from '../../config.ts';
import type { About, Listener } from '../../ports.ts';
import { addressOf, close, listen } from '../listen.ts';
import { certificateOf, tlsSettings } from '../tls-settings.ts';

/** What a frame may hold beside the largest packet: the packet's own fixed header. */
const headerMax = 5;

/** MQTT over WebSocket (section 6), at any path, with the subprotocol `mqtt`. */
export function websocketListener(options: ListenerOptions, limits: Limits, log: Log): Listener {
  const timeouts = { headersTimeout: limits.connectWithin, requestTimeout: limits.connectWithin, noDelay: true };
  const server =
    options.transport === 'wss'
      ? createHttpsServer({ ...timeouts, ...tlsSettings(options, limits) })
      : createHttpServer(timeouts);
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: Math.min(limits.packetSizeMax + headerMax, limits.websocketMessageMax),
    handleProtocols: () => 'mqtt',
  });
  server.on('request', (_request, response) => {
    response.writeHead(426, { connection: 'Upgrade', upgrade: 'websocket' }).end('MQTT over WebSocket only\n');
  });
  return {
    start(accept) {
      server.on('upgrade', (request, socket, head) => {
        if (!offersMqtt(request)) return refuseUpgrade(socket);
        const about = aboutOf(request, options);
        if (!about) return void socket.destroy();
        sockets.handleUpgrade(request, socket, head, (websocket) => {
          accept(streamOf(websocket), about);
        });
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

/** [MQTT-6.0.0-3] */
function offersMqtt(request: IncomingMessage): boolean {
  const offered = request.headers['sec-websocket-protocol'] ?? '';
  return offered.split(',').some((name) => name.trim() === 'mqtt');
}

function refuseUpgrade(socket: Duplex): void {
  socket.on('error', () => undefined);
  socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nThe subprotocol mqtt is needed\n');
}

/** [MQTT-6.0.0-1], [MQTT-6.0.0-2]: packets may be cut anywhere, but only into binary frames. */
function streamOf(websocket: WebSocket): Duplex {
  websocket.on('message', (_data, isBinary) => {
    if (!isBinary) websocket.terminate();
  });
  return createWebSocketStream(websocket);
}

/** Undefined if its certificate is not good. */
function aboutOf(request: IncomingMessage, options: ListenerOptions): About | undefined {
  const { socket } = request;
  if (!(socket instanceof TLSSocket)) return { address: addressOf(socket), secure: false, certificate: undefined };
  const certificate = certificateOf(socket, options);
  return certificate === false ? undefined : { address: addressOf(socket), secure: true, certificate };
}
