import { Duplex } from 'node:stream';
import { closeCode, FrameReader } from './frame-reader.ts';

/** Bytes read ahead of the broker, and written ahead of the socket. */
const highWaterMark = 16_384;

/**
 * The bytes inside the binary frames of a WebSocket (RFC 6455), as one stream each way; `head` is what came with the
 * request. Of what the peer sends it holds one read at most, however long its frames and messages are.
 */
export function websocketStream(socket: Duplex, head: Buffer): Duplex {
  let closing: boolean = false;
  /** The last ping that could not be answered yet: only it needs an answer (section 5.5.3). */
  let pinged: Buffer | undefined;

  const close = (code: number, done = (): void => undefined): void => {
    if (closing) {
      done();
      return;
    }
    closing = true;
    const body = Buffer.alloc(2);
    body.writeUInt16BE(code);
    socket.end(Buffer.concat([headerOf(8, 2), body]), done);
  };
  const pong = (payload: Buffer): void => {
    if (closing) return;
    pinged = socket.writableNeedDrain ? payload : undefined;
    if (!pinged) socket.write(Buffer.concat([headerOf(10, payload.length), payload]));
  };
  const reader = new FrameReader(pong);

  const write = (pieces: readonly Uint8Array[], done: (cause?: Error | null) => void): void => {
    if (closing) {
      done();
      return;
    }
    socket.cork();
    socket.write(
      headerOf(
        2,
        pieces.reduce((sum, { length }) => sum + length, 0),
      ),
    );
    for (const [index, piece] of pieces.entries()) socket.write(piece, index === pieces.length - 1 ? done : undefined);
    socket.uncork();
  };

  const stream = new Duplex({
    highWaterMark,
    read: () => void socket.resume(),
    write: (chunk: Buffer, _encoding, done) => write([chunk], done),
    writev: (chunks, done) =>
      write(
        chunks.map(({ chunk }) => chunk as Buffer),
        done,
      ),
    final: (done) => close(closeCode.normal, done),
    destroy(cause, done) {
      socket.destroy();
      done(cause);
    },
  });
  const read = (chunk: Buffer): void => {
    if (reader.closed !== undefined) return;
    const payloads = reader.feed(chunk);
    if (payloads.length > 0 && !stream.push(payloads)) socket.pause();
    if (reader.closed === undefined) return;
    close(reader.closed);
    stream.push(null);
    socket.resume();
  };
  socket.on('data', read);
  socket.on('drain', () => pinged && pong(pinged));
  socket.on('end', () => stream.push(null));
  socket.on('close', () => stream.destroy());
  socket.on('error', (cause) => stream.destroy(cause));
  if (head.length > 0) read(Buffer.from(head));
  return stream;
}

/** A server does not mask. */
function headerOf(opcode: number, length: number): Buffer {
  const first = 0x80 | opcode;
  if (length < 126) return Buffer.of(first, length);
  if (length < 0x1_0000) return Buffer.of(first, 126, length >> 8, length & 255);
  const header = Buffer.alloc(10);
  header[0] = first;
  header[1] = 127;
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}
