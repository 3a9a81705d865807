import type { Hub } from '../hub.ts';
import type { Gate } from '../ports.ts';
import { socketGuest } from './arrivals.ts';
import { Connection } from './connection.ts';

/** Lets peers in: with their bare socket where handshakes come first, or at once. */
export function gateOf(hub: Hub): Gate {
  const { arrivals, connections } = hub;
  return {
    enter(socket) {
      const arrival = arrivals.add(socketGuest(socket));
      socket.once('close', () => arrivals.leave(arrival));
      return (stream, about) => {
        if (arrivals.has(arrival)) connections.add(new Connection(hub, stream, about, arrival));
        else stream.destroy();
      };
    },
    accept: (stream, about) => connections.add(new Connection(hub, stream, about)),
  };
}
