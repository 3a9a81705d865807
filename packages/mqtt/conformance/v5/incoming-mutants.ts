import { field, pubrel, u8, u16 } from '../../test/support/wire.ts';
import * as property from '../support/properties.ts';
import type { Frame, Memory, Mutant, Rewrite } from '../support/proxy.ts';
import { each, patched } from '../support/rewrites.ts';
import { publishOf } from './frames.ts';
import { connects, publishes, without } from './rewrites.ts';

const option = (change: (byte: number) => number): Rewrite => each('subscribe', (frame) => patched(frame, -1, change));
const flags = (change: (flags: number) => number): Rewrite => connects((connect) => ({ flags: change(connect.flags) }));
const unknownTo = (...ids: readonly number[]): Rewrite =>
  connects(({ properties }) => ({ properties: without(properties, ...ids) }));
const unsaid = (...ids: readonly number[]): Rewrite =>
  publishes(({ properties }) => ({ properties: without(properties, ...ids) }));
/** The same bytes with others in their place, wherever a text holds them. */
const replacing =
  (from: string, to: string): Rewrite =>
  (frame) => [{ first: frame.first, body: replaced(frame.body, Buffer.from(from), Buffer.from(to)) }];

/**
 * Mutants that take what clients say for something else, or do not see what is wrong with it: the proxy makes it right
 * before our broker sees it.
 */
export const incomingMutants: readonly Mutant[] = [
  {
    name: 'does not see reserved flags',
    noticed: 'packets with other flags than theirs end the connection',
    toBroker: flagsOf(4, 5, 7, 12),
  },
  {
    name: 'takes PUBREL with any flags',
    noticed: 'PUBREL with other flags than 2 ends the connection',
    toBroker: flagsOf(6),
  },
  {
    name: 'takes SUBSCRIBE with any flags',
    noticed: 'SUBSCRIBE with other flags than 2 ends the connection',
    toBroker: flagsOf(8),
  },
  {
    name: 'takes UNSUBSCRIBE with any flags',
    noticed: 'UNSUBSCRIBE with other flags than 2 ends the connection',
    toBroker: flagsOf(10),
  },
  {
    name: 'takes DISCONNECT with flags for a good one',
    noticed: 'DISCONNECT with flags is malformed, so the will is published',
    toBroker: flagsOf(14),
  },
  {
    name: 'takes QoS 3 for QoS 1',
    noticed: 'QoS 3 ends the connection',
    toBroker: each('publish', (frame) => ({
      ...frame,
      first: (frame.first & 6) === 6 ? frame.first & ~4 : frame.first,
    })),
  },
  {
    name: 'takes QoS 0 with DUP',
    noticed: 'a QoS 0 PUBLISH with DUP 1 ends the connection',
    toBroker: each('publish', (frame) => ({ ...frame, first: frame.first & 6 ? frame.first : frame.first & ~8 })),
  },
  {
    name: 'takes packet identifier 0',
    noticed: 'packet identifier 0 ends the connection',
    toBroker: publishes(({ id }) => ({ id: id || 1 })),
  },
  {
    name: 'takes U+0000',
    noticed: 'U+0000 in a topic name or filter ends the connection',
    toBroker: replacing('a\0b', 'a.b'),
  },
  {
    name: 'skips U+FEFF',
    noticed: 'U+FEFF is an ordinary character, also at the beginning',
    toBroker: publishes(({ topic }) => ({ topic: replaced(topic, Buffer.from('\ufeff'), Buffer.alloc(0)) })),
  },
  {
    name: 'normalises topics',
    noticed: 'filters match the names they should, byte by byte',
    toBroker: publishes(({ topic }) => ({ topic: Buffer.from(topic.toString().normalize('NFC')) })),
  },
  {
    name: 'takes no notice of case',
    noticed: 'filters match the names they should, byte by byte',
    toBroker: publishes(({ topic }) => ({ topic: Buffer.from(topic.toString().toLowerCase()) })),
  },
  {
    name: 'takes topic names with wildcards',
    noticed: 'a topic name with a wildcard ends the connection',
    toBroker: publishes(({ topic }) => ({ topic: Buffer.from(topic.toString().replace(/[+#]/g, 'x')) })),
  },
  {
    name: 'takes response topics with wildcards',
    noticed: 'a response topic with a wildcard ends the connection',
    toBroker: unsaid(8),
  },
  {
    name: 'takes subscription identifiers from publishers',
    noticed: 'a client that sends a subscription identifier in PUBLISH is closed',
    toBroker: unsaid(11),
  },
  {
    name: 'shows $ topics to a leading wildcard',
    noticed: 'a filter that begins with a wildcard does not match a name that begins with $',
    toBroker: publishes(({ topic }) => ({ topic: topic[0] === 0x24 ? topic.subarray(1) : topic })),
  },
  {
    name: 'takes the reserved flag of CONNECT',
    noticed: 'the reserved flag of CONNECT has to be 0',
    toBroker: flags((byte) => byte & ~1),
  },
  {
    name: 'takes a will QoS without a will',
    noticed: 'without a will its QoS is 0',
    toBroker: flags((byte) => (byte & 4 ? byte : byte & ~0x18)),
  },
  {
    name: 'takes will retain without a will',
    noticed: 'without a will it is not to be retained',
    toBroker: flags((byte) => (byte & 4 ? byte : byte & ~0x20)),
  },
  {
    name: 'does not know what a clean start is',
    noticed: 'a clean start discards the session that was kept',
    toBroker: flags((byte) => byte & ~2),
  },
  {
    name: 'always starts clean',
    noticed: 'a session with an expiry outlives a connection that breaks',
    toBroker: flags((byte) => byte | 2),
  },
  {
    name: 'ends sessions with their connection',
    noticed: 'a session with an expiry outlives a connection that breaks',
    toBroker: unknownTo(17),
  },
  {
    name: 'keeps every session',
    noticed: 'a session without an expiry ends with its connection',
    toBroker: connects(({ properties }) => ({ properties: [...without(properties, 17), property.sessionExpiry(600)] })),
  },
  {
    name: 'does not hear the expiry in DISCONNECT',
    noticed: 'the expiry in DISCONNECT replaces that of CONNECT',
    toBroker: each('disconnect', (frame) => ({ ...frame, body: frame.body.subarray(0, 1) })),
  },
  {
    name: 'takes no notice of the case of identifiers',
    noticed: 'sessions belong to client identifiers',
    toBroker: connects(({ clientId }) => ({ clientId: Buffer.from(clientId.toString().toLowerCase()) })),
  },
  {
    name: 'retains every will',
    noticed: 'a will has its own QoS, and is not retained unless it says so',
    toBroker: flags((byte) => (byte & 4 ? byte | 0x20 : byte)),
  },
  { name: 'retains no will', noticed: 'a will with Will Retain is retained', toBroker: flags((byte) => byte & ~0x20) },
  {
    name: 'publishes wills with QoS 0',
    noticed: 'a will has its own QoS, and is not retained unless it says so',
    toBroker: flags((byte) => byte & ~0x18),
  },
  {
    name: 'publishes the will after a good end',
    noticed: 'a DISCONNECT with 0x00 discards the will',
    toBroker: each('disconnect', (frame) => ({ ...frame, body: Buffer.of(4) })),
  },
  {
    name: 'discards the will at every end',
    noticed: 'a DISCONNECT with any other code leaves the will in force',
    toBroker: each('disconnect', (frame) => ({ ...frame, body: Buffer.of(0) })),
  },
  {
    name: 'does not count what is under way',
    noticed: 'no more than Receive Maximum messages are under way',
    toBroker: unknownTo(33),
  },
  {
    name: 'sends messages of every size',
    noticed: 'a message larger than its client takes is left out, as if it had been sent',
    toBroker: unknownTo(39),
  },
  {
    name: 'answers beyond the size its client takes',
    noticed: 'no answer exceeds what its client takes, rather the connection ends',
    toBroker: unknownTo(39),
  },
  {
    name: 'retains nothing',
    noticed: 'the last message with RETAIN is kept for each topic, with all that describes it',
    toBroker: publishes(({ first }) => ({ first: first & ~1 })),
  },
  {
    name: 'retains everything',
    noticed: 'a message without RETAIN is not kept, and changes nothing of what is',
    toBroker: publishes(({ first }) => ({ first: first | 1 })),
  },
  {
    name: 'keeps empty retained messages',
    noticed: 'an empty message with RETAIN removes what is kept, and is not kept',
    toBroker: publishes(({ payload }) => ({ payload: payload.length > 0 ? payload : Buffer.of(0) })),
  },
  {
    name: 'has no Retain Handling',
    noticed: 'with Retain Handling 2 none come',
    toBroker: option((byte) => byte & ~0x30),
  },
  {
    name: 'takes Retain Handling 1 for 0',
    noticed: 'with Retain Handling 1 only a new subscription brings them',
    toBroker: option((byte) => byte & ~0x30),
  },
  {
    name: 'takes Retain Handling 0 for 1',
    noticed: 'with Retain Handling 0 each SUBSCRIBE brings them',
    toBroker: option((byte) => byte | 0x10),
  },
  {
    name: 'has no Retain As Published',
    noticed: 'with Retain As Published live messages have the RETAIN they came with',
    toBroker: option((byte) => byte & ~8),
  },
  {
    name: 'has no No Local',
    noticed: 'with No Local a client does not get what it has published itself',
    toBroker: option((byte) => byte & ~4),
  },
  {
    name: 'takes No Local on a share',
    noticed: 'No Local on a shared subscription is a protocol error',
    toBroker: option((byte) => byte & ~4),
  },
  {
    name: 'takes reserved bits of the options',
    noticed: 'reserved bits of the options are malformed',
    toBroker: option((byte) => byte & 0x3f),
  },
  {
    name: 'grants QoS 0 at most',
    noticed: 'a message goes out with the lower of its own and the granted QoS',
    toBroker: option((byte) => byte & ~3),
  },
  {
    name: 'sends everything with QoS 2',
    noticed: 'a message goes out with the lower of its own and the granted QoS',
    toBroker: option((byte) => byte | 2),
  },
  {
    name: 'forgets to unsubscribe',
    noticed: 'a filter is removed by its very characters, and brings nothing new',
    toBroker: each('unsubscribe', (frame) => patched(frame, -1, (byte) => byte ^ 0x40)),
  },
  {
    name: 'gives a share’s messages to all members',
    noticed: 'each message goes to one member of a share, and to every other subscriber',
    toBroker: each('subscribe', unshared),
  },
  {
    name: 'takes a QoS 2 message for a new one each time',
    noticed: 'until PUBREL a QoS 2 identifier stands for one message, however often it comes',
    toBroker: forgetful,
    toClient: swallowing,
  },
  {
    name: 'carries aliases from one connection to the next',
    noticed: 'an alias is forgotten with its connection',
    toBroker: publishes(({ topic }) => (topic.length > 0 ? {} : { topic: Buffer.from('remembered') })),
  },
  { name: 'takes alias 0', noticed: 'alias 0, one too large or one unknown ends the connection', toBroker: unsaid(35) },
];

/** Mutants that only time shows. */
export const timedMutants: readonly Mutant[] = [
  {
    name: 'has no keep-alive',
    noticed: 'silence of one and a half keep-alives ends the connection, and the will is published',
    toBroker: connects(() => ({ keepAlive: 0 })),
  },
  {
    name: 'closes after one keep-alive',
    noticed: 'silence of one and a half keep-alives ends the connection, and the will is published',
    toBroker: connects(({ keepAlive }) => ({ keepAlive: Math.min(keepAlive, 1) })),
  },
  {
    name: 'keeps sessions for ever',
    noticed: 'a session is kept as long as its expiry says, and no longer',
    toBroker: connects(({ properties }) => ({
      properties: [...without(properties, 17), property.sessionExpiry(0xffff_ffff)],
    })),
  },
  {
    name: 'publishes wills at once',
    noticed: 'a will with a delay is published when the delay is over',
    toBroker: undelayed,
  },
  {
    name: 'publishes the will of a client that is back',
    noticed: 'a will is not published when its client is back before the delay is over',
    toBroker: undelayed,
  },
  {
    name: 'has no message expiry',
    noticed: 'a message that has expired in the queue is not sent',
    toBroker: unsaid(2),
  },
  { name: 'retains what has expired', noticed: 'a retained message that has expired is gone', toBroker: unsaid(2) },
  {
    name: 'passes the expiry on as it came',
    noticed: 'the expiry that goes out is what is left of that which came in',
    toClient: publishes(({ properties }) => ({ properties: [...without(properties, 2), property.messageExpiry(100)] })),
  },
];

function flagsOf(...types: readonly number[]): Rewrite {
  return (frame) => {
    const type = frame.first >> 4;
    const right = [6, 8, 10].includes(type) ? 2 : 0;
    return [types.includes(type) ? { ...frame, first: (type << 4) | right } : frame];
  };
}

function replaced(bytes: Buffer, from: Buffer, to: Buffer): Buffer {
  const at = bytes.indexOf(from);
  if (at < 0) return bytes;
  return Buffer.concat([bytes.subarray(0, at), to, bytes.subarray(at + from.length)]);
}

function unshared({ first, body }: Frame): Frame {
  const filter = body.toString('utf8', 5, body.length - 1).replace(/^\$share\/[^/]+\//, '');
  return { first, body: Buffer.concat([body.subarray(0, 3), field(filter), u8(body.at(-1)!)]) };
}

/** Releases the identifier of a repeated QoS 2 PUBLISH before it comes. */
function forgetful(frame: Frame, memory: Memory): readonly Frame[] {
  if (frame.first >> 4 !== 3 || (frame.first & 0x0c) !== 0x0c) return [frame];
  memory.set('unasked', ((memory.get('unasked') as number | undefined) ?? 0) + 1);
  return [{ first: pubrel(1)[0]!, body: u16(publishOf(frame).id) }, frame];
}

/** Keeps the PUBCOMPs that nobody has asked for. */
function swallowing(frame: Frame, memory: Memory): readonly Frame[] {
  const unasked = (memory.get('unasked') as number | undefined) ?? 0;
  if (frame.first !== 0x70 || unasked === 0) return [frame];
  memory.set('unasked', unasked - 1);
  return [];
}

/** The will delay is the only will property of the timed cases; it becomes 0. */
function undelayed(frame: Frame): readonly Frame[] {
  const delay = property.willDelay(2);
  return [
    {
      first: frame.first,
      body: frame.first === 0x10 ? replaced(frame.body, delay, property.willDelay(0)) : frame.body,
    },
  ];
}
