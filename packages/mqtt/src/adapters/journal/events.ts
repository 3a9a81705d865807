import type { StoredDelivery, StoredMessage, StoredSubscription, StoredWill } from '../../ports.ts';
import type { ByteWriter } from './bytes.ts';
import { propertiesOf } from './message-properties.ts';

/*
 * A record of the session journal, version 1. Little endian; varint and f64 as in bytes.ts; times are store time.
 *
 *   record       = 1 event*                          a transaction: kept whole or not at all
 *                | 2 sequence:varint bytes*          the payload of a message that a later record tells of
 *   event        = kind:u8 fields
 *   client, text = length:varint utf8
 *   bytes        = length:varint byte*
 *
 *   1 message      sequence:varint topic:text flags:u8 [expiresAt:f64] [from:text] [properties:bytes] [payload:bytes]
 *                  flags = qos:2 retain:1 expires:1 from:1 properties:1 apart:1; apart: in a record of its own
 *   2 opened       client expiry:varint              9 released     client key:varint
 *   3 left         client endsAt:f64                10 finished     client key:varint
 *   4 ended        client                           11 received     client packetId:varint
 *   5 subscribed   client filter:text flags:u8      12 forgotten    client packetId:varint
 *                  id:varint                        13 taken        client packetId:varint
 *                  flags = qos:2 noLocal:1          14 took         sequence:varint
 *                          retainAsPublished:1      15 willed       key:varint client topic:text flags:u8 delay:varint
 *   6 unsubscribed client filter:text                               [dueAt:f64] [username:text] [properties:bytes]
 *   7 queued       client key:varint message:varint                 address:text payload:bytes
 *                  flags:u8 packetId:varint                         flags = qos:2 retain:1 due:1 username:1
 *                  count:varint id:varint*count                             properties:1 taken:1 secure:1
 *                  flags = qos:2 retain:1           16 unwilled     key:varint
 *                          released:1               17 retained     topic:text message:varint
 *   8 sent         client key:varint                18 cleared      topic:text
 *                  packetId:varint                  19 drifted      drift:f64
 *                                                   20 counted      sequence:varint
 *  21 spooled      as message, with name:varint size:varint in the place of its payload, which is in the spool
 *
 * `properties` are those of MQTT 5, section 2.2.2.2, without their length. A message comes before whatever names it.
 */
export const recordKind = { transaction: 1, payload: 2 } as const;

export const eventKind = {
  message: 1,
  opened: 2,
  left: 3,
  ended: 4,
  subscribed: 5,
  unsubscribed: 6,
  queued: 7,
  sent: 8,
  released: 9,
  finished: 10,
  received: 11,
  forgotten: 12,
  taken: 13,
  took: 14,
  willed: 15,
  unwilled: 16,
  retained: 17,
  cleared: 18,
  drifted: 19,
  counted: 20,
  spooled: 21,
} as const;

/** A bit of the flags above the two of the QoS. */
export const bit = (place: number, set: boolean): number => (set ? 4 << place : 0);

/** `apart`: the payload is in a record of its own, written before. */
export function writeMessage(out: ByteWriter, message: StoredMessage, apart: boolean): void {
  const { sequence, topic, qos, retain, expiresAt, from, properties, payload, spooled } = message;
  const flags =
    bit(0, retain) |
    bit(1, expiresAt !== undefined) |
    bit(2, from !== undefined) |
    bit(3, !!properties) |
    bit(4, apart);
  out.u8(spooled ? eventKind.spooled : eventKind.message);
  out.varint(sequence);
  out.text(topic);
  out.u8(qos | flags);
  if (expiresAt !== undefined) out.f64(expiresAt);
  if (from !== undefined) out.text(from);
  if (properties) out.bytes(propertiesOf(properties));
  if (spooled) {
    out.varint(spooled.name);
    out.varint(spooled.size);
  } else if (!apart) out.bytes(payload);
}

export function writeSubscribed(out: ByteWriter, clientId: string, subscription: StoredSubscription): void {
  const { filter, qos, noLocal, retainAsPublished, id } = subscription;
  out.u8(eventKind.subscribed);
  out.text(clientId);
  out.text(filter);
  out.u8(qos | bit(0, noLocal) | bit(1, retainAsPublished));
  out.varint(id);
}

export function writeQueued(out: ByteWriter, clientId: string, delivery: StoredDelivery): void {
  const { key, message, qos, retain, released, packetId, subscriptionIds } = delivery;
  out.u8(eventKind.queued);
  out.text(clientId);
  out.varint(key);
  out.varint(message.sequence);
  out.u8(qos | bit(0, retain) | bit(1, released));
  out.varint(packetId);
  out.varint(subscriptionIds.length);
  for (const id of subscriptionIds) out.varint(id);
}

export function writeWilled(out: ByteWriter, will: StoredWill): void {
  const { key, clientId, topic, qos, retain, delay, dueAt, username, properties, taken, secure } = will;
  const known = bit(1, dueAt !== undefined) | bit(2, username !== undefined) | bit(3, !!properties);
  out.u8(eventKind.willed);
  out.varint(key);
  out.text(clientId);
  out.text(topic);
  out.u8(qos | bit(0, retain) | known | bit(4, taken) | bit(5, secure));
  out.u8(will.protocol);
  out.varint(delay);
  if (dueAt !== undefined) out.f64(dueAt);
  if (username !== undefined) out.text(username);
  if (properties) out.bytes(propertiesOf(properties));
  out.text(will.address);
  out.bytes(will.payload);
}

/** The events of a client and one number: sent apart from those with two. */
export function writeClient(out: ByteWriter, kind: number, clientId: string, number?: number): void {
  out.u8(kind);
  out.text(clientId);
  if (number !== undefined) out.varint(number);
}
