import { createServer } from 'node:net';

/** A server that acknowledges every packet unread: the most that the load can push. The packet size is the argument. */
const size = Number(process.argv[2]);
const server = createServer({ noDelay: true }, (socket) => {
  let greeted = false;
  let rest = 0;
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    if (!greeted) {
      greeted = true;
      socket.write(Uint8Array.of(0x20, 2, 0, 0));
      return;
    }
    rest += chunk.length;
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) socket.write(Buffer.alloc(count * 4, Uint8Array.of(0x40, 2, 0, 1)));
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port }));
process.on('disconnect', () => process.exit(0));
