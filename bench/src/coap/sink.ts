import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** Answers every POST with 2.04 and does nothing else: what the load can push at most. */
const socket = createSocket({ type: 'udp4', recvBufferSize: 2 ** 20, sendBufferSize: 2 ** 20 });
socket.on('message', (bytes, from) => {
  socket.send(Buffer.of(0x62, 0x44, bytes[2]!, bytes[3]!, bytes[4]!, bytes[5]!), from.port, from.address);
});
socket.bind(0, '127.0.0.1');
await once(socket, 'listening');
process.send?.({ ready: true, port: socket.address().port });
