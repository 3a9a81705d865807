import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A narrow way between two processes. */
export interface Relay {
  readonly port: number;
  /** Bytes that have gone up and down. */
  readonly carried: { up: number; down: number };
  close(): void;
}

/** So often what may pass is passed on; milliseconds. */
const turn = 10;

/**
 * Passes TCP connections on to a port of this machine, each direction at so many bytes a second over all connections
 * together, which take turns. What does not pass waits at the sender: a socket is not read while it waits, and its buffers
 * are the kernel's own.
 */
export async function relay(to: number, bytesPerSecond: number): Promise<Relay> {
  const carried = { up: 0, down: 0 };
  const up: Lane[] = [];
  const down: Lane[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect({ port: to, host: '127.0.0.1', noDelay: true });
    near.setNoDelay(true);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        (socket === near ? far : near).destroy();
      });
    }
    join(up, near, far, 'up');
    join(down, far, near, 'down');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  const join = (lanes: Lane[], from: Socket, into: Socket, way: 'up' | 'down'): void => {
    const lane: Lane = { into, way, waiting: [], resume: () => from.resume() };
    lanes.push(lane);
    from.on('data', (chunk) => {
      lane.waiting.push(chunk);
      from.pause();
    });
    from.on('close', () => lanes.splice(lanes.indexOf(lane), 1));
  };

  let last = performance.now();
  const allowances = { up: 0, down: 0 };
  const timer = setInterval(() => {
    const now = performance.now();
    for (const lanes of [up, down]) {
      const way = lanes === up ? 'up' : 'down';
      const most = (bytesPerSecond * turn * 2) / 1_000;
      allowances[way] = Math.min(most, allowances[way] + ((now - last) * bytesPerSecond) / 1_000);
      allowances[way] -= pass(lanes, allowances[way], carried);
    }
    last = now;
  }, turn);

  return {
    port: (server.address() as { port: number }).port,
    carried,
    close() {
      clearInterval(timer);
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

interface Lane {
  readonly into: Socket;
  readonly way: 'up' | 'down';
  readonly waiting: Buffer[];
  readonly resume: () => void;
}

/** Lets the lanes pass small pieces in turn until the allowance is used up; gives how much passed. */
function pass(lanes: Lane[], allowance: number, carried: Relay['carried']): number {
  let left = allowance;
  for (let idle = 0; left >= 1 && idle < lanes.length; ) {
    const lane = lanes.shift()!;
    lanes.push(lane);
    const [first] = lane.waiting;
    if (!first) {
      idle += 1;
      continue;
    }
    idle = 0;
    const size = Math.min(first.length, Math.floor(left), 1_400);
    lane.into.write(first.subarray(0, size));
    if (size < first.length) lane.waiting[0] = first.subarray(size);
    else lane.waiting.shift();
    if (lane.waiting.length === 0) lane.resume();
    carried[lane.way] += size;
    left -= size;
  }
  return allowance - left;
}
