import * as property from '../support/properties.ts';
import type { Frame, Memory, Mutant, Rewrite } from '../support/proxy.ts';
import { each, kind, patched } from '../support/rewrites.ts';
import { encoded, propertiesAt, publishFrame } from './frames.ts';
import { publishes, without } from './rewrites.ts';

const acknowledgedBy =
  (code: number): Rewrite =>
  (frame) =>
    frame.first >> 4 >= kind.puback && frame.first >> 4 <= kind.pubcomp && frame.body.length > 2
      ? [patched(frame, 2, () => code)]
      : [frame];

const otherId = (wanted: keyof typeof kind): Rewrite => each(wanted, (frame) => patched(frame, 1, (byte) => byte ^ 1));

const dropping = (wanted: keyof typeof kind): Rewrite => each(wanted, () => []);

/** Mutants of the packets that come from the broker. */
export const outgoingMutants: readonly Mutant[] = [
  {
    name: 'clears DUP',
    noticed: 'comes again, as a duplicate with its identifier',
    toClient: publishes(({ first }) => ({ first: first & ~8 })),
  },
  {
    name: 'passes DUP on',
    noticed: 'DUP of what comes in says nothing about what goes out',
    toClient: publishes(({ first }) => ({ first: first & 6 ? first | 8 : first })),
  },
  {
    name: 'says success instead of its reason code',
    noticed: 'what may not be published is refused by a code of its table',
    toClient: acknowledgedBy(0),
  },
  {
    name: 'answers with a code of another table',
    noticed: 'what may not be published is refused by a code of its table',
    toClient: acknowledgedBy(0x8f),
  },
  {
    name: 'knows every packet identifier',
    noticed: 'PUBREL of an unknown identifier is answered with 0x92 in PUBCOMP',
    toClient: acknowledgedBy(0),
  },
  {
    name: 'confuses identifiers in PUBACK',
    noticed: 'acknowledgements bear the packet identifier of what they answer',
    toClient: otherId('puback'),
  },
  {
    name: 'confuses identifiers in PUBREC',
    noticed: 'acknowledgements bear the packet identifier of what they answer',
    toClient: otherId('pubrec'),
  },
  {
    name: 'confuses identifiers in PUBCOMP',
    noticed: 'acknowledgements bear the packet identifier of what they answer',
    toClient: otherId('pubcomp'),
  },
  {
    name: 'confuses identifiers in PUBREL',
    noticed: 'PUBREC is answered with PUBREL of the same identifier',
    toClient: otherId('pubrel'),
  },
  {
    name: 'confuses identifiers in SUBACK',
    noticed: 'SUBACK and UNSUBACK bear the packet identifier of what they answer',
    toClient: otherId('suback'),
  },
  {
    name: 'confuses identifiers in UNSUBACK',
    noticed: 'UNSUBSCRIBE is answered with its identifier, also when nothing is removed',
    toClient: otherId('unsuback'),
  },
  {
    name: 'gives every message the same identifier',
    noticed: 'messages under way have packet identifiers of their own, none of them 0',
    toClient: publishes(() => ({ id: 1 })),
  },
  {
    name: 'acknowledges nothing',
    noticed: 'each QoS is answered with its packet and a code of its table',
    toClient: dropping('puback'),
  },
  { name: 'answers no PINGREQ', noticed: 'PINGREQ is answered with PINGRESP', toClient: dropping('pingresp') },
  {
    name: 'answers CONNECT twice',
    noticed: 'one connection gets one CONNACK',
    toClient: each('connack', (frame) => [frame, frame]),
  },
  {
    name: 'always says Session Present',
    noticed: 'without a session to resume a new one begins',
    toClient: each('connack', (frame) => patched(frame, 0, () => 1)),
  },
  {
    name: 'never says Session Present',
    noticed: 'a session is resumed with its subscriptions and what it missed',
    toClient: each('connack', (frame) => patched(frame, 0, () => 0)),
  },
  {
    name: 'sets reserved flags in CONNACK',
    noticed: 'its flags hold nothing but Session Present',
    toClient: each('connack', (frame) => patched(frame, 0, (byte) => byte | 2)),
  },
  {
    name: 'does not tell an assigned identifier',
    noticed: 'who brings no identifier is told the one it was given',
    toClient: connackWithout(18),
  },
  {
    name: 'refuses with Session Present',
    noticed: 'a CONNACK that refuses does not say Session Present',
    toClient: each('connack', (frame) => (frame.body[1]! >= 0x80 ? patched(frame, 0, () => 1) : frame)),
  },
  {
    name: 'refuses with a code that is none of CONNACK’s',
    noticed: 'who fails the checks is told why and closed',
    toClient: each('connack', (frame) => (frame.body[1]! >= 0x80 ? patched(frame, 1, () => 0x93) : frame)),
  },
  { name: 'does not close after a refusal', noticed: 'who fails the checks is told why and closed', neverCloses: true },
  { name: 'does not close after an error', noticed: 'QoS 3 ends the connection', neverCloses: true },
  {
    name: 'does not close the connection that is taken over',
    noticed: 'a client that connects again closes its earlier connection',
    neverCloses: true,
  },
  {
    name: 'says DISCONNECT before CONNACK',
    noticed: 'bytes behind the payload are malformed; no DISCONNECT comes before a CONNACK',
    toClient: each('connack', ({ body }) => ({ first: 0xe0, body: body.subarray(1) })),
  },
  {
    name: 'ends with a code that is none of DISCONNECT’s',
    noticed: 'a DISCONNECT has a code of its table, no session expiry, and is the end',
    toClient: each('disconnect', (frame) => patched(frame, 0, () => 0x92)),
  },
  {
    name: 'says a session expiry in DISCONNECT',
    noticed: 'a DISCONNECT has a code of its table, no session expiry, and is the end',
    toClient: each('disconnect', ({ first, body }) => ({
      first,
      body: Buffer.concat([body.subarray(0, 1), encoded([property.sessionExpiry(1)])]),
    })),
  },
  {
    name: 'goes on after DISCONNECT',
    noticed: 'a client that connects again closes its earlier connection',
    toClient: each('disconnect', (frame) => [frame, { first: 0xd0, body: Buffer.alloc(0) }]),
  },
  {
    name: 'explains itself to who does not want it',
    noticed: 'who wants no problem information gets no reason string but in CONNACK and DISCONNECT',
    toClient: explaining,
  },
  {
    name: 'explains itself beyond the size its client takes',
    noticed: 'no answer is larger than its client takes',
    toClient: explaining,
  },
  {
    name: 'alters payloads',
    noticed: 'QoS 0 goes on as QoS 0 with DUP 0',
    toClient: publishes(({ payload }) => ({ payload: payload.map((byte) => byte ^ 1) as Buffer })),
  },
  {
    name: 'alters topic names',
    noticed: 'the topic name that goes out is the one that came in',
    toClient: publishes(({ topic }) => ({ topic: Buffer.from(topic.toString().trimEnd().replace(/\/+$/, '')) })),
  },
  { name: 'sends alias 0', noticed: 'aliases go from 1 to the client’s Topic Alias Maximum', toClient: aliased(0) },
  {
    name: 'sends an alias beyond the maximum',
    noticed: 'aliases go from 1 to the client’s Topic Alias Maximum',
    toClient: aliased(3),
  },
  {
    name: 'sends aliases to who takes none',
    noticed: 'without a Topic Alias Maximum no alias is sent',
    toClient: aliased(1),
  },
  {
    name: 'leaves user properties out',
    noticed: 'what describes a message arrives with it, unaltered and in order',
    toClient: publishes(({ properties }) => ({ properties: without(properties, 38) })),
  },
  {
    name: 'turns the order of user properties',
    noticed: 'what describes a message arrives with it, unaltered and in order',
    toClient: publishes(({ properties }) => ({ properties: properties.toReversed() })),
  },
  {
    name: 'turns the order of a will’s user properties',
    noticed: 'what describes a will arrives with it, its user properties in order',
    toClient: publishes(({ properties }) => ({ properties: properties.toReversed() })),
  },
  {
    name: 'leaves the content type out',
    noticed: 'what describes a message arrives with it, unaltered and in order',
    toClient: publishes(({ properties }) => ({ properties: without(properties, 3) })),
  },
  {
    name: 'leaves subscription identifiers out',
    noticed: 'overlapping subscriptions: the highest QoS, and every identifier',
    toClient: publishes(({ properties }) => ({ properties: without(properties, 11) })),
  },
  {
    name: 'keeps RETAIN on live messages',
    noticed: 'without Retain As Published live messages have RETAIN 0',
    toClient: publishes(({ first }) => ({ first: first | 1 })),
  },
  {
    name: 'clears RETAIN always',
    noticed: 'with Retain As Published live messages have the RETAIN they came with',
    toClient: publishes(({ first }) => ({ first: first & ~1 })),
  },
  {
    name: 'turns the order of messages',
    noticed: 'messages of one topic arrive in the order they came, at each QoS',
    toClient: swapping,
  },
  {
    name: 'sends a message again on a connection that lasts',
    noticed: 'nothing is sent again on a connection that lasts',
    toClient: each('publish', (frame) => [frame, { ...frame, first: frame.first | 8 }]),
  },
  {
    name: 'sends PUBREL before PUBREC',
    noticed: 'after PUBREC it is PUBREL that comes again, not the message',
    toClient: each('pubrel', ({ body }) =>
      publishFrame({
        first: 0x3c,
        topic: Buffer.from('a'),
        id: body.readUInt16BE(0),
        properties: [],
        payload: Buffer.alloc(0),
      }),
    ),
  },
  {
    name: 'turns the order of SUBACK codes',
    noticed: 'several filters get one SUBACK with the granted QoS of each',
    toClient: each('suback', ({ first, body }) => ({
      first,
      body: Buffer.concat([body.subarray(0, 3), body.subarray(3).toReversed()]),
    })),
  },
  {
    name: 'leaves a SUBACK code out',
    noticed: 'several filters get one SUBACK with the granted QoS of each',
    toClient: each('suback', ({ first, body }) => ({ first, body: body.subarray(0, -1) })),
  },
  {
    name: 'says every filter was removed',
    noticed: 'several filters get one UNSUBACK with a code for each, in order',
    toClient: each('unsuback', ({ first, body }) => ({
      first,
      body: Buffer.concat([body.subarray(0, 3), Buffer.alloc(body.length - 3)]),
    })),
  },
];

/** Mutants of an authentication in several steps. */
export const authMutants: readonly Mutant[] = [
  {
    name: 'leaves the method out of AUTH',
    noticed: 'AUTH 0x18 goes to and fro until CONNACK, each with the method',
    toClient: each('auth', ({ first, body }) => {
      const list = without(propertiesAt(body, 1).list, 21);
      return { first, body: Buffer.concat([body.subarray(0, 1), encoded(list)]) };
    }),
  },
  {
    name: 'leaves the method out of CONNACK',
    noticed: 'AUTH 0x18 goes to and fro until CONNACK, each with the method',
    toClient: connackWithout(21),
  },
  {
    name: 'asks with another code',
    noticed: 'AUTH 0x18 goes to and fro until CONNACK, each with the method',
    toClient: each('auth', (frame) => patched(frame, 0, () => 0x19)),
  },
  {
    name: 'takes another method for the one it began with',
    noticed: 'another method, or an AUTH out of its place, is a protocol error',
    toBroker: each('auth', ({ first, body }) => ({
      first,
      body: Buffer.concat([
        body.subarray(0, 1),
        encoded([property.authenticationMethod('counting'), property.authenticationData('begin')]),
      ]),
    })),
  },
  {
    name: 'lets in whoever gives up counting',
    noticed: 'the broker may refuse at any point, and then closes',
    toClient: each('connack', (frame) => patched(frame, 1, () => 0)),
  },
];

function connackWithout(id: number): Rewrite {
  return each('connack', ({ first, body }) => {
    const { list } = propertiesAt(body, 2);
    return { first, body: Buffer.concat([body.subarray(0, 2), encoded(without(list, id))]) };
  });
}

/** A reason string in every acknowledgement. */
function explaining(frame: Frame): readonly Frame[] {
  const type = frame.first >> 4;
  if (type < kind.puback || type > kind.pubcomp) return [frame];
  const code = frame.body.length > 2 ? frame.body.subarray(2, 3) : Buffer.of(0);
  const reason = encoded([property.reasonString('because it is so, and not otherwise')]);
  return [{ first: frame.first, body: Buffer.concat([frame.body.subarray(0, 2), code, reason]) }];
}

function aliased(alias: number): Rewrite {
  return publishes(({ properties }) => ({ properties: [...without(properties, 35), property.topicAlias(alias)] }));
}

/** Each message waits for the next, which goes before it. */
function swapping(frame: Frame, memory: Memory): readonly Frame[] {
  if (frame.first >> 4 !== kind.publish) return [frame];
  const held = memory.get('held') as Frame | undefined;
  memory.set('held', held ? undefined : frame);
  return held ? [frame, held] : [];
}
