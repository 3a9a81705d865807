import type { Duplex } from 'node:stream';
import type { SpooledPayload } from '../ports.ts';

/** Bytes of one read, and all that a payload takes of memory on its way to a client. */
export const pieceSize = 65_536;

/**
 * Carries a payload from the spool into a stream, a piece when the piece before has been taken. `wrote` hears of the
 * bytes that were given to the stream. Settles early when the stream ends; rejects with the failure of the spool.
 */
export async function pour(payload: SpooledPayload, stream: Duplex, wrote: (count: number) => void): Promise<void> {
  const reader = await payload.open();
  try {
    for (let at = 0; at < payload.size && stream.writable; at += pieceSize) {
      // A new one each time: the stream may go on holding what it says it has taken.
      const piece = Buffer.allocUnsafeSlow(Math.min(pieceSize, payload.size - at));
      await reader.read(piece, at);
      if (!stream.writable) return;
      wrote(piece.length);
      await write(stream, piece);
    }
  } finally {
    await reader.close();
  }
}

/** Settles when the stream has taken the piece, or is no more. */
const write = (stream: Duplex, piece: Buffer): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      stream.off('close', done);
      resolve();
    };
    stream.once('close', done);
    stream.write(piece, done);
  });
