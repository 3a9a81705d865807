import { connect, createServer, type Server, type Socket } from 'node:net';

/** A piece of network between two programs that can be cut for real. */
export interface Relay {
  /** Where to connect instead; chosen by the system. */
  readonly port: number;
  /** Destroys every connection, and refuses new ones until `mend`. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  close(): Promise<void>;
}

/** Carries TCP on loopback to `port`. */
export async function relay(port: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  const carry = (near: Socket): void => {
    const far = connect({ host: '127.0.0.1', port });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  };
  let server = await listen(0, carry);
  const own = (server.address() as { port: number }).port;
  const end = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    port: own,
    cut: end,
    async mend() {
      if (!server.listening) server = await listen(own, carry);
    },
    close: end,
  };
}

const listen = (port: number, carry: (socket: Socket) => void): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer(carry);
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
