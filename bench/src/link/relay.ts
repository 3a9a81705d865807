import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Stands between two processes and counts what passes, every byte of the sockets. */
export interface CountingRelay {
  readonly port: number;
  readonly up: number;
  readonly down: number;
  close(): Promise<void>;
}

/** Passes TCP connections on to a port of this machine. */
export async function countingRelay(to: number): Promise<CountingRelay> {
  const counts = { up: 0, down: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect({ port: to, host: '127.0.0.1', noDelay: true });
    near.setNoDelay(true);
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => into.destroy());
      from.on('close', () => {
        sockets.delete(from);
        into.destroy();
      });
    }
    near.on('data', (chunk) => {
      counts.up += chunk.length;
    });
    far.on('data', (chunk) => {
      counts.down += chunk.length;
    });
    near.pipe(far);
    far.pipe(near);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    get up() {
      return counts.up;
    },
    get down() {
      return counts.down;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
