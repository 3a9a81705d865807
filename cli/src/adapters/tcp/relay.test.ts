import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { relay } from './relay.ts';

/** A server that answers what it hears, and the connections that it has. */
async function echo() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, sockets, close: () => server.close() };
}

const ask = async (port: number, text: string): Promise<{ socket: Socket; answer: string }> => {
  const socket = connect(port, '127.0.0.1');
  socket.write(text);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  return { socket, answer: answer.toString() };
};

test('relay: it carries bytes both ways, cuts for real, refuses while it is cut, and carries again [CLI-28]', async () => {
  const far = await echo();
  const link = await relay(far.port);
  const { socket, answer } = await ask(link.port, 'hello');
  assert.equal(answer, 'hello');
  const gone = once(socket, 'close');
  socket.on('error', () => undefined);
  await link.cut();
  await gone;
  while (far.sockets.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const refused = connect(link.port, '127.0.0.1');
  const [cause] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
  assert.equal(cause.code, 'ECONNREFUSED');
  await link.mend();
  await link.mend();
  const again = await ask(link.port, 'again');
  assert.equal(again.answer, 'again');
  again.socket.on('error', () => undefined);
  await link.close();
  far.close();
});
