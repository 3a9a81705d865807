import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Log, logTo, seeded, silentLog } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';
import { type Broker, type BrokerWorld, broker, type Limits, type ListenerOptions } from '../../src/index.ts';

/** A broker on real time and real sockets, at ports that the system chooses. */
export async function listenOn(
  transports: readonly (ListenerOptions['transport'] | ListenerOptions)[],
  limits: Partial<Limits> = {},
  lent: Partial<BrokerWorld> = {},
): Promise<Broker> {
  const listeners = transports.map((one) =>
    typeof one === 'string' ? { transport: one, host: '127.0.0.1', port: 0 } : one,
  );
  const world = { clock: systemClock, random: seeded(1), log: silentLog, ...lent };
  const one = broker({ listeners, limits }, world);
  await one.start(new AbortController().signal);
  return one;
}

export const portOf = (one: Broker, index = 0): number => one.listening[index]!.port;

export async function dialTcp(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Waits until `count` bytes have come, and gives all that came. */
export async function bytesFrom(socket: Socket, count: number): Promise<Buffer> {
  let got = Buffer.alloc(0);
  while (got.length < count) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    got = Buffer.concat([got, chunk]);
  }
  return got;
}

/** Collects error lines, for tests that expect none. */
export function errorLog(): { log: Log; errors: string[] } {
  const errors: string[] = [];
  return { log: logTo((_level, event) => void errors.push(event), 'error'), errors };
}
