import { connect, type Socket } from 'node:net';
import { connectPacket, publishPacket } from './packet.ts';

export interface NamedClientOptions {
  readonly port: number;
  readonly device: string;
  /** The reading with sequence number n says that it was taken at `base + n`. */
  readonly base: number;
  readonly inFlight: number;
  /** Readings taken in a second; those that could not be sent follow as fast as they go. */
  readonly perSecond: number;
}

/** A device that names its readings, publishes at QoS 1, records every PUBACK, and sends again what has none. */
export interface NamedClient {
  readonly acked: ReadonlySet<number>;
  readonly sent: number;
  readonly sentAgain: number;
  run(): void;
  /** Stops sending new readings and settles when all sent ones are acknowledged. */
  finish(): Promise<void>;
}

const idMax = 60_000;

export function namedClient(options: NamedClientOptions): NamedClient {
  const acked = new Set<number>();
  let waiting: number[] = [];
  let next = 0;
  let sentAgain = 0;
  let ending = false;
  let socket: Socket | undefined;
  let online = false;
  const began = performance.now();
  const timer = setInterval(() => {
    if (online) fill();
  }, 10);
  const idOf = (seq: number): number => (seq % idMax) + 1;

  const publish = (seq: number): void => {
    const payload = JSON.stringify({
      $boot: 1,
      $seq: seq,
      timestamp: options.base + seq,
      temperature: 20 + (seq % 10) / 10,
      n: seq,
    });
    socket!.write(publishPacket(`sensors/${options.device}/data`, idOf(seq), payload));
  };

  const fill = (): void => {
    const taken = ((performance.now() - began) * options.perSecond) / 1_000;
    while (!ending && waiting.length < options.inFlight && next < taken) {
      waiting.push(next);
      publish(next++);
    }
  };

  const onAcked = (id: number): void => {
    const at = waiting.findIndex((seq) => idOf(seq) === id);
    if (at < 0) return;
    acked.add(waiting[at]!);
    waiting = waiting.filter((_, index) => index !== at);
  };

  const open = (): void => {
    let rest = Buffer.alloc(0);
    online = false;
    socket = connect({ port: options.port, host: '127.0.0.1', noDelay: true });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      online = false;
      setTimeout(open, 20);
    });
    socket.on('connect', () => socket!.write(connectPacket(options.device)));
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 4) {
        if (online) onAcked(rest.readUInt16BE(2));
        else {
          online = true;
          sentAgain += waiting.length;
          for (const seq of waiting) publish(seq);
        }
        rest = rest.subarray(4);
      }
      if (online) fill();
    });
  };

  return {
    acked,
    get sent() {
      return next;
    },
    get sentAgain() {
      return sentAgain;
    },
    run: open,
    async finish() {
      ending = true;
      clearInterval(timer);
      for (let tries = 0; waiting.length > 0 && tries < 500; tries++)
        await new Promise((resolve) => setTimeout(resolve, 20));
      socket?.removeAllListeners('close');
      socket?.destroy();
    },
  };
}
