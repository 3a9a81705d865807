import { frameSizeMax } from '@selvedge/protocol';
import { WebSocket } from 'ws';
import { edgeFaults } from '../../faults.ts';
import type { Identity, LinkConnection, LinkTransport } from '../../ports.ts';

/** The link over a WebSocket with mutual TLS. `identity` is asked at each attempt, so a renewed certificate is used. */
export function websocketTransport(url: string, identity: () => Promise<Identity>): LinkTransport {
  return {
    wireBytes: { opening: openingBytes, of: wireBytes },
    async connect(signal) {
      const { key, certificate, authority } = await identity();
      signal.throwIfAborted();
      const socket = new WebSocket(url, {
        key,
        cert: certificate,
        ca: authority,
        maxPayload: frameSizeMax,
        perMessageDeflate: false,
        handshakeTimeout: 10_000,
      });
      await opened(socket, url, signal);
      return connectionOf(socket);
    },
  };
}

/** TCP, TLS and WebSocket handshakes with both certificates, about. */
const openingBytes = 6_500;

/**
 * A frame on the wire as a provider counts it: WebSocket header with mask (RFC 6455, 5.2), TLS 1.3 records of 22 bytes
 * around 16 KiB (RFC 8446, 5.2), IPv4 and TCP headers with timestamps around each 1 448 bytes. What is sent again after a
 * loss, and bare acknowledgements, nobody here can see.
 */
export function wireBytes(frame: number): number {
  const socket = frame + 6 + (frame > 65_535 ? 8 : frame > 125 ? 2 : 0);
  const secured = socket + 22 * Math.ceil(socket / 16_384);
  return secured + 52 * Math.ceil(secured / 1_448);
}

function opened(socket: WebSocket, url: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      socket.terminate();
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    socket.once('open', () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
    socket.once('unexpected-response', (_request, response) => {
      socket.terminate();
      reject(
        edgeFaults('LINK_REFUSED', `${url} answered ${response.statusCode}`, { url, status: response.statusCode }),
      );
    });
    socket.on('error', (cause) => {
      signal.removeEventListener('abort', abort);
      reject(edgeFaults('LINK_UNREACHABLE', `${url}: ${cause.message}`, { url }, cause));
    });
  });
}

function connectionOf(socket: WebSocket): LinkConnection {
  return {
    send(frame) {
      if (socket.readyState !== WebSocket.OPEN) return false;
      socket.send(frame);
      return true;
    },
    close(reason) {
      socket.close(1000, reason?.slice(0, 100));
      // A peer that is gone never answers the close; the socket must not outlive the session.
      socket.terminate();
    },
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    onFrame: (listener) =>
      void socket.on('message', (data, isBinary) => {
        if (isBinary) listener(Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer));
      }),
    onClose: (listener) => void socket.on('close', (code, reason) => listener(`${code} ${reason.toString()}`.trim())),
  };
}
