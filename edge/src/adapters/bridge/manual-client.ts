import { Buffer } from 'node:buffer';
import { type IClientOptions, type IPublishPacket, type MqttClient, type Packet, Store } from 'mqtt';
import type { LineEvents } from '../../engines/bridge/line.ts';
import { messageOf } from './message.ts';

/** A client that acknowledges what it is told to, and nothing by itself. */
export interface ManualClient {
  readonly client: MqttClient;
  /** Lets messages come. */
  open(): void;
  /** The packet identifier that the next publish or subscription is to have. */
  nextId: number;
  /** Writes PUBACK, PUBREC, PUBREL or PUBCOMP. */
  send(type: AcknowledgementType, id: number): void;
}

/** First byte of the packet. */
export const acknowledgement = { puback: 0x40, pubrec: 0x50, pubrel: 0x62, pubcomp: 0x70 } as const;
export type AcknowledgementType = (typeof acknowledgement)[keyof typeof acknowledgement];

/** Said to mqtt.js where it would send an acknowledgement: nothing is wrong, but it is not its turn. */
export const unsent = new Error('acknowledged by the bridge');

/**
 * mqtt.js offers a place for each decision, and a place that is answered with an error sends no packet and goes on reading:
 * `handleMessage` stands before PUBACK, `customHandleAcks` (MQTT 5) or the store of incoming messages (3.1.1) before PUBREC,
 * that store again before PUBCOMP, and the store of outgoing ones before PUBREL. The packets themselves, four bytes each,
 * are written here.
 */
export function manualClient(
  connect: (options: IClientOptions) => MqttClient,
  options: IClientOptions,
  events: LineEvents,
  failed: (cause: unknown) => void,
): ManualClient {
  const opened = Promise.withResolvers<void>();
  let isOpen: boolean = false;
  /** By packet identifier: lets mqtt.js send a PUBREC that it waits with. */
  const held = new Map<number, () => void>();

  /** Hands a message on, once messages may come and in order; settles when the next may. */
  const take = (packet: IPublishPacket): Promise<void> | undefined => {
    const hand = (): Promise<void> | undefined => events.published(messageOf(packet), packet.messageId ?? 0);
    return isOpen ? hand() : opened.promise.then(hand);
  };
  const released = (id: number): void => {
    if (isOpen) events.released(id);
    else opened.promise.then(() => events.released(id), failed);
  };
  const after = (room: Promise<void> | undefined, next: () => void): void => {
    if (room) room.then(next, failed);
    else next();
  };

  const client = connect({
    ...options,
    messageIdProvider: {
      allocate: () => one.nextId,
      getLastAllocated: () => one.nextId,
      register: () => true,
      deallocate: () => undefined,
      clear: () => undefined,
    },
    // It has a meaning in MQTT 5 alone.
    customHandleAcks(_topic, _payload, packet: IPublishPacket, acknowledge) {
      if (packet.qos === 2) after(take(packet), () => acknowledge(unsent));
      else acknowledge(0);
    },
    incomingStore: storeOf({
      put(packet, done) {
        // The next message waits for this PUBREC, so there is room anyway.
        held.set(packet.messageId ?? 0, done);
        after(take(packet as IPublishPacket), () => undefined);
      },
      get: released,
    }),
    outgoingStore: storeOf({
      put(packet, done) {
        if (packet.cmd === 'publish') done();
      },
      get: () => undefined,
    }),
  });
  client.handleMessage = (packet, done) => {
    // It is called at PUBREL too, with what the store gave.
    if (packet.qos === 2) done(unsent);
    else after(take(packet), () => done(packet.qos === 0 ? undefined : unsent));
  };
  client.on('packetreceive', (packet) => {
    const id = packet.messageId ?? 0;
    if (packet.cmd === 'puback') events.acknowledged(id, packet.reasonCode ?? 0);
    else if (packet.cmd === 'pubrec') events.received(id, packet.reasonCode ?? 0);
    else if (packet.cmd === 'pubcomp') events.completed(id);
  });

  const one: ManualClient = {
    client,
    nextId: 0,
    open() {
      isOpen = true;
      opened.resolve();
    },
    send(type, id) {
      const proceed = type === acknowledgement.pubrec ? held.get(id) : undefined;
      if (!proceed) return void client.stream.write(Buffer.from([type, 2, id >> 8, id & 0xff]));
      held.delete(id);
      proceed();
    },
  };
  return one;
}

/** A store that keeps nothing, and tells what mqtt.js asks of it. */
function storeOf(told: { put(packet: Packet, done: () => void): void; get(id: number): void }): Store {
  const empty = new Store();
  return Object.assign(empty, {
    put(packet: Packet, done: (error?: Error) => void) {
      told.put(packet, () => done());
      return empty;
    },
    get({ messageId = 0 }: { messageId?: number }, done: (error: Error | undefined, packet: Packet) => void) {
      told.get(messageId);
      done(undefined, { cmd: 'publish', topic: '', payload: '', qos: 2, dup: false, retain: false, messageId });
      return empty;
    },
    del(packet: Packet, done: (error: Error | undefined, packet: Packet) => void) {
      done(undefined, packet);
      return empty;
    },
    close: (done: () => void) => done(),
  });
}
