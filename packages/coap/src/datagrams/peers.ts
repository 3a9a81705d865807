import type { Metrics } from '@selvedge/kernel';
import type { Limits } from '../config.ts';
import type { coapMetrics } from '../metrics.ts';
import type { Address } from '../ports.ts';
import type { Received } from './duplicates.ts';
import type { MessageIds } from './message-ids.ts';
import type { Outgoing } from './outgoing.ts';

/** What is remembered of one address and port. */
export interface PeerState {
  readonly key: string;
  readonly address: Address;
  readonly ids: MessageIds;
  /** Something unpredictable that was sent there came back, or the address is of this host itself. */
  proven: boolean;
  bytesIn: number;
  bytesOut: number;
  /** By message id. */
  readonly received: Map<number, Received>;
  /** By message id: what the peer may still acknowledge or reject. */
  readonly outgoing: Map<number, Outgoing>;
  /** Waiting for a place among `underWay`. */
  readonly queue: Outgoing[];
  /** Counted by NSTART. */
  underWay: number;
}

export interface Peers {
  /** undefined for one that is not remembered. */
  find(address: Address): PeerState | undefined;
  /** The same by `peerKey`. */
  at(key: string): PeerState | undefined;
  /** undefined when the table is full of peers that something is under way to. */
  open(address: Address): PeerState | undefined;
  all(): Iterable<PeerState>;
}

/** So many of the peers idle longest are looked at for one to forget. */
const searchMax = 64;

/** No network brings a datagram that says it is from there (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3). */
const isLoopback = (host: string): boolean => /^(?:::ffff:)?127\.|^::1$/.test(host);

export const peerKey = ({ host, port }: Address): string => `udp ${host} ${port}`;

export function peers(
  limits: Limits,
  parts: {
    readonly metrics: Metrics<typeof coapMetrics>;
    readonly newIds: () => MessageIds;
    readonly forgotten: (peer: PeerState) => void;
  },
): Peers {
  const { metrics, newIds } = parts;
  const table = new Map<string, PeerState>();

  const makeRoom = (): boolean => {
    if (table.size < limits.peersMax) return true;
    let searched = 0;
    for (const peer of table.values()) {
      if (peer.outgoing.size === 0 && peer.queue.length === 0) {
        table.delete(peer.key);
        parts.forgotten(peer);
        metrics.forgotten.add(1, 'peers');
        return true;
      }
      if (++searched === searchMax) break;
    }
    metrics.refused.add(1, 'peers');
    return false;
  };

  return {
    find: (address) => table.get(peerKey(address)),
    at: (key) => table.get(key),
    open(address) {
      const key = peerKey(address);
      const known = table.get(key);
      if (known) {
        // The table stands by last use, which is what a map's order is after this.
        table.delete(key);
        table.set(key, known);
        return known;
      }
      if (!makeRoom()) return undefined;
      const peer: PeerState = {
        key,
        address,
        ids: newIds(),
        proven: isLoopback(address.host),
        bytesIn: 0,
        bytesOut: 0,
        received: new Map(),
        outgoing: new Map(),
        queue: [],
        underWay: 0,
      };
      table.set(key, peer);
      metrics.peers.set(table.size);
      return peer;
    },
    all: () => table.values(),
  };
}
