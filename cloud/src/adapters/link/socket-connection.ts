import type { WebSocket } from 'ws';
import type { LinkConnection } from '../../ports.ts';

/** A WebSocket as a link's pipe. Text messages are no frames and end it. */
export function socketConnection(socket: WebSocket): LinkConnection {
  // Every error of a WebSocket is followed by its close, which is what counts.
  socket.on('error', () => undefined);
  return {
    send(frame) {
      if (socket.readyState !== socket.OPEN) return false;
      socket.send(frame, { binary: true });
      return true;
    },
    close: (reason = '') => socket.close(reason.startsWith('LINK_') ? 4_000 : 1_001, reason),
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    onFrame: (listener) =>
      void socket.on('message', (data: Buffer, isBinary) =>
        isBinary ? listener(data) : socket.close(1_003, 'frames are binary'),
      ),
    onClose: (listener) =>
      void socket.on('close', (code, reason) => listener(reason.length > 0 ? reason.toString('utf8') : `code ${code}`)),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  };
}
