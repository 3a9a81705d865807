import { createServer, type Socket } from 'node:net';
import { publishPacket, readingPayload } from '../packet.ts';
import { Strides } from './strides.ts';

/**
 * Stands for a broker that costs next to nothing: every chunk that somebody publishes goes to everybody who has
 * subscribed, in one write and as it is. Shows what the load of a fan-out can take. The argument is the QoS of the load.
 */
const acknowledges = process.argv[2] === '1';
const subscribers = new Set<Socket>();
const confirmed = publishPacket('sensors/load-1/data', 1, readingPayload(Math.random)).length;

const server = createServer({ noDelay: true }, (socket) => {
  const strides = new Strides(confirmed);
  let greeted = false;
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    if (!greeted) {
      greeted = true;
      // A CONNECT, with or without a SUBSCRIBE behind it.
      const subscribes = chunk.length > 2 + chunk[1]!;
      socket.write(Uint8Array.of(0x20, 2, 0, 0, ...(subscribes ? [0x90, 3, 0, 1, 1] : [])));
      if (subscribes) subscribers.add(socket);
      return;
    }
    if (subscribers.has(socket)) return;
    for (const one of subscribers) one.write(chunk);
    const count = acknowledges ? strides.skip(chunk) : 0;
    if (count > 0) socket.write(Buffer.alloc(count * 4, Uint8Array.of(0x40, 2, 0, 1)));
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port }));
process.on('disconnect', () => process.exit(0));
