import type { Packet } from './parse.ts';
import type { ConnectFields, Version } from './wire.ts';
import * as wire from './wire.ts';
import type { Peer } from './world.ts';

interface Outgoing {
  readonly id: number;
  readonly topic: string;
  readonly name: string;
  readonly qos: 1 | 2;
  readonly retain: boolean;
  released: boolean;
}

/** A client as the standards want it: what it owes and what it holds survives its connections, and it never forgets. */
export interface ModelClient {
  readonly id: string;
  /** Its CONNECT has been answered on the connection of now. */
  readonly ready: boolean;
  /** Published with QoS 1 or 2 and acknowledged. */
  readonly acked: ReadonlySet<string>;
  /** Messages taken, as `topic name`, in order; a QoS 2 message once for each handshake. */
  readonly got: readonly { readonly topic: string; readonly name: string; readonly qos: number }[];
  /** Unanswered publishes. */
  readonly owed: number;
  connect(): Promise<void>;
  drop(): void;
  subscribe(filter: string, qos: number): Promise<void>;
  /** Sends, and does not wait. */
  publish(topic: string, name: string, qos: 0 | 1 | 2, retain?: boolean): void;
  /** Handles at most so many of the packets that have come, all unless told; gives how many it handled. */
  handle(most?: number): number;
}

export function modelClient(
  id: string,
  version: Version,
  dial: (fields: ConnectFields) => Promise<Peer>,
  extra: ConnectFields = {},
): ModelClient {
  const acked = new Set<string>();
  const got: { topic: string; name: string; qos: number }[] = [];
  const owed = new Map<number, Outgoing>();
  const holding = new Set<number>();
  let peer: Peer | undefined;
  let inbox: Packet[] = [];
  let known = false;
  let ready = false;
  let lastId = 0;

  const say = (bytes: Uint8Array): void => void peer?.stream.write(bytes);
  const kept = version === 5 ? { properties: [wire.property(0x11, wire.u32(86_400))] } : {};
  const packet = ({ topic, name, qos, retain, id }: Outgoing, dup: boolean): Buffer =>
    wire.publish({ version, topic, payload: name, qos, retain, id, dup });

  const greeted = ({ code, present }: Packet): void => {
    if (code !== 0) throw new Error(`${id} was refused with ${code}`);
    if (known && !present) throw new Error(`the session of ${id} is lost`);
    known = true;
    ready = true;
    for (const one of owed.values()) say(one.released ? wire.pubrel(one.id) : packet(one, true));
  };

  const answer = ({ kind, id: packetId = 0, topic = '', payload = '', qos = 0 }: Packet): void => {
    const one = owed.get(packetId);
    if (kind === 'publish') {
      if (qos < 2 || !holding.has(packetId)) got.push({ topic, name: payload, qos });
      if (qos === 1) say(wire.puback(packetId));
      if (qos < 2) return;
      holding.add(packetId);
      say(wire.pubrec(packetId));
    } else if (kind === 'pubrel') {
      holding.delete(packetId);
      say(wire.pubcomp(packetId));
    } else if (kind === 'puback' && one?.qos === 1) {
      owed.delete(packetId);
      acked.add(one.name);
    } else if (kind === 'pubrec' && one) {
      one.released = true;
      acked.add(one.name);
      say(wire.pubrel(packetId));
    } else if (kind === 'pubcomp' && one?.released) owed.delete(packetId);
  };

  const collect = (): void => {
    if (peer) inbox.push(...peer.take());
  };

  return {
    id,
    acked,
    got,
    get ready() {
      return ready && peer?.ended === false;
    },
    get owed() {
      return owed.size;
    },
    async connect() {
      inbox = [];
      ready = false;
      peer = await dial({ clientId: id, version, clean: false, ...kept, ...extra });
    },
    drop() {
      peer?.stream.destroy();
      peer = undefined;
      inbox = [];
    },
    async subscribe(filter, qos) {
      await peer?.send(wire.subscribe([[filter, qos]], { version }));
    },
    publish(topic, name, qos, retain = false) {
      if (qos === 0) return say(wire.publish({ version, topic, payload: name, retain }));
      do lastId = (lastId % 10) + 1;
      while (owed.has(lastId));
      const one = { id: lastId, topic, name, qos, retain, released: false };
      owed.set(lastId, one);
      say(packet(one, false));
    },
    handle(most = Number.POSITIVE_INFINITY) {
      if (peer?.ended) this.drop();
      collect();
      const now = inbox.splice(0, most);
      for (const one of now) {
        if (one.kind === 'connack') greeted(one);
        else answer(one);
      }
      return now.length;
    },
  };
}
