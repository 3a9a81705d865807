import { connect, type Socket } from 'node:net';
import { connectPacket, publishOncePacket, publishPacket, subscribePacket } from '../packet.ts';
import { Strides } from './strides.ts';

const connackSize = 4;
const subackSize = 5;
const pubackSize = 4;

export interface ClientOptions {
  readonly port: number;
  readonly clientId: string;
  readonly subscribe?: { readonly filter: string; readonly qos: 0 | 1 };
  /** The session outlives the connection. */
  readonly kept?: boolean;
  /** Source address: one has ports for some ten thousand connections only. */
  readonly from?: string;
  /** All that comes behind CONNACK and SUBACK. */
  onBytes(bytes: Buffer, socket: Socket): void;
  /** The broker has closed a connection that was open. By default that ends the load. */
  onLost?(): void;
}

export interface Client {
  readonly socket: Socket;
  /** The broker had a session of this client. */
  readonly present: boolean;
}

/** Settles when the broker has accepted the client and its subscription; rejects if it does not. */
export function openClient(options: ClientOptions): Promise<Client> {
  const { port, clientId, subscribe, kept = false, from, onBytes } = options;
  const greetingSize = connackSize + (subscribe ? subackSize : 0);
  return new Promise((resolve, reject) => {
    const local = from === undefined ? {} : { localAddress: from };
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, ...local });
    let greeting = Buffer.alloc(0);
    let open = false;
    const lost = options.onLost ?? ((): never => abandoned(clientId));
    socket.on('error', reject);
    socket.on('close', () => (open ? lost() : reject(new Error(`${clientId} was not let in`))));
    socket.on('connect', () => {
      const hello = connectPacket(clientId, kept);
      socket.write(subscribe ? Buffer.concat([hello, subscribePacket(subscribe.filter, subscribe.qos)]) : hello);
    });
    socket.on('data', (chunk) => {
      if (open) return onBytes(chunk, socket);
      greeting = Buffer.concat([greeting, chunk]);
      if (greeting.length < greetingSize) return;
      const refused = greeting[3]! > 0 || (subscribe !== undefined && greeting[greetingSize - 1]! >= 0x80);
      if (refused) return void socket.destroy();
      open = true;
      resolve({ socket, present: (greeting[2]! & 1) > 0 });
      if (greeting.length > greetingSize) onBytes(greeting.subarray(greetingSize), socket);
    });
  });
}

function abandoned(clientId: string): never {
  throw new Error(`${clientId} was closed by the broker`);
}

export interface SubscriberOptions extends Pick<ClientOptions, 'port' | 'clientId'> {
  readonly filter: string;
  readonly qos: 0 | 1;
  /** What a delivery looks like: all have its size. */
  readonly sample: Buffer;
  readonly payloadSize: number;
  onDelivered(count: number): void;
}

/** A client that counts what it is sent, and acknowledges it if that is QoS 1. */
export function openSubscriber(options: SubscriberOptions): Promise<Client> {
  const { qos, sample, payloadSize, onDelivered, filter, ...who } = options;
  const strides = new Strides(sample.length);
  const acknowledge = acknowledger(sample.length - payloadSize - 2);
  return openClient({
    ...who,
    subscribe: { filter, qos },
    onBytes(bytes, socket) {
      const count = qos === 0 ? strides.skip(bytes) : acknowledge(strides, bytes, socket);
      if (count > 0) onDelivered(count);
    },
  });
}

/** Answers each delivery of a chunk with its PUBACK, in one write; gives their number. `idAt` is the place of the identifier. */
export const acknowledger =
  (idAt: number) =>
  (strides: Strides, bytes: Buffer, socket: Socket, look?: (packet: Buffer, at: number) => void): number => {
    const count = strides.count(bytes);
    const answer = Buffer.allocUnsafe(count * pubackSize);
    let end = 0;
    strides.cut(bytes, (packet, at) => {
      answer[end++] = 0x40;
      answer[end++] = 2;
      answer[end++] = packet[at + idAt]!;
      answer[end++] = packet[at + idAt + 1]!;
      look?.(packet, at);
    });
    if (count > 0) socket.write(answer);
    return count;
  };

/** More than any window, so that packet identifiers in flight are never the same. */
const ringLength = 1_024;

/** A client that publishes the packets of a ring, encoded once. */
export interface Publisher {
  readonly sent: number;
  /** Not yet acknowledged; always 0 for QoS 0. */
  readonly waiting: number;
  send(count: number): void;
}

export interface PublisherOptions extends Pick<ClientOptions, 'port' | 'clientId'> {
  readonly topic: string;
  readonly qos: 0 | 1;
  payload(): string;
  onAcked?(): void;
}

export async function openPublisher(options: PublisherOptions): Promise<Publisher> {
  const { topic, qos, payload, onAcked, ...who } = options;
  const packets = Array.from({ length: ringLength }, (_, id) =>
    qos === 0 ? publishOncePacket(topic, payload()) : publishPacket(topic, id + 1, payload()),
  );
  const size = packets[0]!.length;
  if (packets.some((one) => one.length !== size)) throw new Error('packets of a ring must have one size');
  const ring = Buffer.concat(packets);
  const acks = new Strides(pubackSize);
  let sent = 0;
  let waiting = 0;
  const { socket } = await openClient({
    ...who,
    onBytes(bytes) {
      waiting -= acks.skip(bytes);
      onAcked?.();
    },
  });
  return {
    get sent() {
      return sent;
    },
    get waiting() {
      return waiting;
    },
    send(count) {
      if (qos === 1) waiting += count;
      for (let left = count; left > 0; ) {
        const from = sent % ringLength;
        const run = Math.min(left, ringLength - from);
        socket.write(ring.subarray(from * size, (from + run) * size));
        sent += run;
        left -= run;
      }
    },
  };
}
