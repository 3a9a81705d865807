import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readingPayload } from '../packet.ts';
import { median } from '../process.ts';

/** What the load process is told, as JSON in its first argument. */
export interface CoapLoadOrder {
  readonly port: number;
  readonly sockets: number;
  /** Confirmable POSTs of one socket that wait for their response. */
  readonly inFlight: number;
  readonly warmSeconds: number;
  readonly seconds: number;
}

export interface CoapLoadResult {
  readonly answered: number;
  readonly seconds: number;
  /** Answers that were not 2.xx. */
  readonly refused: number;
  readonly resent: number;
  readonly medianMs: number;
}

/** RFC 7252 section 4.8: ACK_TIMEOUT. */
const ackTimeoutMs = 2_000;
const ringLength = 64;

/** `[0b01_type_tokenLength, code, messageId:2] token:2 options [ff payload]`: a POST of JSON to `sensors/<device>`. */
function postDatagram(device: string): Buffer {
  const option = (delta: number, value: Uint8Array): Buffer =>
    Buffer.concat([
      value.length < 13
        ? Uint8Array.of((delta << 4) | value.length)
        : Uint8Array.of((delta << 4) | 13, value.length - 13),
      value,
    ]);
  return Buffer.concat([
    Uint8Array.of(0x42, 0x02, 0, 0, 0, 0),
    option(11, Buffer.from('sensors')),
    option(0, Buffer.from(device)),
    option(1, Uint8Array.of(50)),
    Uint8Array.of(0xff),
    Buffer.from(readingPayload(Math.random)),
  ]);
}

interface Waiting {
  readonly datagram: Buffer;
  sentAt: number;
}

interface Tally {
  answered: number;
  refused: number;
  resent: number;
  readonly latencies: number[];
}

/** One socket that keeps its POSTs waiting; a message id is its token, too. */
async function open({ port }: CoapLoadOrder, device: string, tally: Tally) {
  const ring = Array.from({ length: ringLength }, () => postDatagram(device));
  const waiting = new Map<number, Waiting>();
  const socket: Socket = createSocket({ type: 'udp4', recvBufferSize: 2 ** 20, sendBufferSize: 2 ** 20 });
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  let id = Math.floor(Math.random() * 65_536);
  const post = (): void => {
    id = (id + 1) & 0xffff;
    // What waits may have to be sent again as it was.
    const datagram = Buffer.from(ring[id % ringLength]!);
    datagram.writeUInt16BE(id, 2);
    datagram.writeUInt16BE(id, 4);
    waiting.set(id, { datagram, sentAt: performance.now() });
    socket.send(datagram);
  };
  socket.on('error', () => undefined);
  socket.on('message', (bytes) => {
    const [type, code] = [(bytes[0]! >> 4) & 3, bytes[1]!];
    if (type === 0) socket.send(Buffer.of(0x60, 0, bytes[2]!, bytes[3]!));
    // An empty acknowledgement: the response will come by itself.
    if (code === 0) return;
    const token = bytes.readUInt16BE(4);
    const one = waiting.get(token);
    if (!one) return;
    waiting.delete(token);
    tally.answered += 1;
    if (code >> 5 !== 2) tally.refused += 1;
    if ((tally.answered & 15) === 0) tally.latencies.push(performance.now() - one.sentAt);
    post();
  });
  const resend = setInterval(() => {
    const now = performance.now();
    for (const one of waiting.values()) {
      if (now - one.sentAt < ackTimeoutMs) continue;
      one.sentAt = now;
      tally.resent += 1;
      socket.send(one.datagram);
    }
  }, 200);
  return {
    begin(count: number): void {
      for (let n = 0; n < count; n++) post();
    },
    close(): void {
      clearInterval(resend);
      socket.close();
    },
  };
}

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function run(order: CoapLoadOrder): Promise<CoapLoadResult> {
  const tally: Tally = { answered: 0, refused: 0, resent: 0, latencies: [] };
  const sockets = await Promise.all(
    Array.from({ length: order.sockets }, (_, index) => open(order, `load-${index}`, tally)),
  );
  for (const one of sockets) one.begin(order.inFlight);
  await sleep(order.warmSeconds * 1_000);
  tally.latencies.length = 0;
  process.send?.({ warm: true });
  const [from, before, resentBefore] = [performance.now(), tally.answered, tally.resent];
  await sleep(order.seconds * 1_000);
  const seconds = (performance.now() - from) / 1_000;
  const answered = tally.answered - before;
  for (const one of sockets) one.close();
  return {
    answered,
    seconds,
    refused: tally.refused,
    resent: tally.resent - resentBefore,
    medianMs: median(tally.latencies),
  };
}

if (import.meta.main) {
  const result = await run(JSON.parse(process.argv[2]!) as CoapLoadOrder);
  process.send?.({ result });
  process.disconnect?.();
}
