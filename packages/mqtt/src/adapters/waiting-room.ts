import type { Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { About, Gate } from '../ports.ts';
import { addressOf } from './listen.ts';

/** Peers of one listener whose handshakes are under way. */
export interface WaitingRoom {
  /** The handshakes with the peer at the other end of `socket` have given `stream`. */
  admit(socket: Socket, stream: Duplex, about: About): void;
}

/**
 * Brings each peer to the gate as soon as it has connected. The bare socket and that of TLS over it are two objects: what
 * they share is the address of the peer, which no other has while it lasts.
 */
export function waitingRoom(server: Server, gate: Gate): WaitingRoom {
  const doors = new Map<string, Gate['accept']>();
  server.on('connection', (socket: Socket) => {
    const address = addressOf(socket);
    const door = gate.enter(socket);
    doors.set(address, door);
    socket.once('close', () => void (doors.get(address) === door && doors.delete(address)));
  });
  return {
    admit(socket, stream, about) {
      const address = addressOf(socket);
      const door = doors.get(address);
      doors.delete(address);
      if (door) door(stream, about);
      else stream.destroy();
    },
  };
}
