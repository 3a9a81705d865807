import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectPacket, publishOncePacket, readingPayload } from '../packet.ts';
import { openClient } from './client.ts';

/** Ways to be a bad neighbour. */
export type Disturbance = 'frozen' | 'flooding' | 'half_open' | 'silent';

const [kind, portText] = process.argv.slice(2) as [Disturbance, string];
const port = Number(portText);
const crowd = 1_000;

/** Subscribes to everything that is busy, and reads none of it. */
async function freeze(): Promise<void> {
  const subscribe = { filter: 'busy/#', qos: 1 } as const;
  const { socket } = await openClient({ port, clientId: 'frozen', subscribe, onBytes: () => undefined, onLost: again });
  socket.pause();
}

/** Publishes QoS 0 as fast as the broker reads it. */
async function flood(): Promise<void> {
  const { socket } = await openClient({ port, clientId: 'flood', onBytes: () => undefined, onLost: again });
  const one = publishOncePacket('flood/data', readingPayload(Math.random));
  const many = Buffer.concat(Array.from({ length: 500 }, () => one));
  const write = (): void => {
    while (!socket.destroyed && socket.write(many));
  };
  socket.on('drain', write);
  write();
}

/** Connections of which every other one says nothing, and the rest begins a CONNECT. A broker that ends one gets another. */
async function halfOpen(): Promise<void> {
  const beginning = connectPacket('half-open').subarray(0, 9);
  const open = (index: number): Promise<Socket> =>
    new Promise((resolve) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.on('error', () => undefined);
      socket.on('close', () => setTimeout(open, 50, index));
      socket.on('connect', () => {
        if (index % 2 > 0) socket.write(beginning);
        resolve(socket);
      });
    });
  await inGroups(open);
}

/** Clients that have connected and say no more. */
const beSilent = (): Promise<void> =>
  inGroups((index) => openClient({ port, clientId: `silent-${index}`, onBytes: () => undefined }));

async function inGroups(open: (index: number) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < crowd; at += 100)
    await Promise.all(Array.from({ length: 100 }, (_, index) => open(at + index)));
}

/** A broker may end a bad neighbour; it comes back. */
async function again(): Promise<void> {
  await sleep(50);
  await disturb();
}

const disturb = { frozen: freeze, flooding: flood, half_open: halfOpen, silent: beSilent }[kind];
await disturb();
process.send?.({ disturbing: kind });
process.on('disconnect', () => process.exit(0));
