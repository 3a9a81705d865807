import { field } from '../../test/support/wire.ts';
import type { Mutant } from '../support/proxy.ts';
import { each, patched } from '../support/rewrites.ts';
import { behindTopic, byte, first, isRepeated, nothing, qosOf, spelt, swapped, where } from './rewrites.ts';

/** Mutants of what comes from the broker. */
export const outgoingMutants: readonly Mutant[] = [
  {
    name: 'never closes a connection',
    noticed: 'a second CONNECT ends the connection, unanswered',
    neverCloses: true,
  },
  {
    name: 'never says that a session was present',
    noticed: 'a kept session has its subscriptions when its client is back',
    toClient: each(
      'connack',
      byte(0, () => 0),
    ),
  },
  {
    name: 'always says that a session was present',
    noticed: 'a clean session begins with nothing of the one before',
    toClient: each(
      'connack',
      byte(0, () => 1),
    ),
  },
  {
    name: 'says that a session was present when it refuses',
    noticed: 'a refusing CONNACK says session present 0, and then the connection ends',
    toClient: each(
      'connack',
      where(
        ({ body }) => body[1] !== 0,
        byte(0, () => 1),
      ),
    ),
  },
  {
    name: 'refuses with another return code',
    noticed: 'an empty client identifier that asks for a kept session is told return code 2, then closed',
    toClient: each(
      'connack',
      byte(1, (code) => (code === 0 ? 0 : 3)),
    ),
  },
  {
    name: 'sends something else before CONNACK',
    noticed: 'an accepted CONNECT is answered with CONNACK, return code 0, before all else',
    toClient: swapped,
  },
  {
    name: 'acknowledges with another identifier',
    noticed: 'PUBACK, PUBREC and PUBCOMP carry the identifier of their PUBLISH',
    toClient: each(
      'puback',
      byte(0, (high) => high ^ 1),
    ),
  },
  {
    name: 'acknowledges QoS 1 in another order',
    noticed: 'PUBACKs are in the order of their PUBLISHes',
    toClient: each('puback', swapped),
  },
  {
    name: 'acknowledges QoS 2 in another order',
    noticed: 'PUBRECs are in the order of their PUBLISHes',
    toClient: each('pubrec', swapped),
  },
  {
    name: 'answers PUBREL only once',
    noticed: 'PUBREL is answered with PUBCOMP, and a repeated one too',
    toClient: each('pubcomp', (frame, memory) => {
      const done = memory.has('done');
      memory.set('done', true);
      return done ? [] : frame;
    }),
  },
  {
    name: 'answers filters in another order',
    noticed: 'SUBACK has the granted QoS of each filter, in their order',
    toClient: each('suback', ({ first, body }) => {
      const codes = Buffer.from(body.subarray(2)).reverse();
      return { first, body: Buffer.concat([body.subarray(0, 2), codes]) };
    }),
  },
  {
    name: 'says that it granted what it refused',
    noticed: 'a filter that is not authorised has return code 0x80 in its place',
    toClient: each('suback', ({ first, body }) => {
      const codes = body.subarray(2).map((code) => (code === 0x80 ? 0 : code));
      return { first, body: Buffer.concat([body.subarray(0, 2), codes]) };
    }),
  },
  {
    name: 'does not answer UNSUBSCRIBE',
    noticed: 'UNSUBSCRIBE is answered also when nothing was removed',
    toClient: each('unsuback', nothing),
  },
  {
    name: 'says nothing to PINGREQ',
    noticed: 'every PINGREQ is answered with a PINGRESP',
    toClient: each('pingresp', nothing),
  },
  {
    name: 'sends messages twice',
    noticed: 'QoS 0 is sent with DUP 0, once',
    toClient: each('publish', (frame) => [frame, frame]),
  },
  {
    name: 'passes DUP on',
    noticed: 'DUP does not travel from publisher to subscriber',
    toBroker: each('publish', (frame, memory) => {
      memory.set('dup', frame.first & 8);
      return frame;
    }),
    toClient: each('publish', (frame, memory) => ({ ...frame, first: frame.first | Number(memory.get('dup') ?? 0) })),
  },
  {
    name: 'does not mark what it sends again',
    noticed: 'unacknowledged QoS 1 is sent again on reconnection, in order, marked, with its identifiers',
    toClient: each(
      'publish',
      first((value) => value & ~8),
    ),
  },
  {
    name: 'sends messages again with other identifiers',
    noticed: 'QoS 2 without PUBREC is sent again on reconnection, in order, marked, with its identifiers',
    toClient: each(
      'publish',
      where(isRepeated, (frame) => patched(frame, behindTopic(frame), (high) => high ^ 1)),
    ),
  },
  {
    name: 'sends nothing again',
    noticed: 'of several QoS 1 messages only the unacknowledged ones are sent again',
    toClient: each('publish', where(isRepeated, nothing)),
  },
  {
    name: 'sends a QoS 2 message again after its PUBREL',
    noticed: 'after PUBREC only PUBREL is sent again, until PUBCOMP',
    toClient: each('pubrel', (frame) => [{ first: 0x3c, body: Buffer.concat([field('a'), frame.body]) }, frame]),
  },
  {
    name: 'releases QoS 2 messages in another order',
    noticed: 'PUBRELs are in the order of their PUBRECs',
    toClient: each('pubrel', swapped),
  },
  {
    name: 'gives all messages one identifier',
    noticed: 'messages under way to a client have packet identifiers of their own, none of them 0',
    toClient: each(
      'publish',
      where(
        (frame) => qosOf(frame) > 0,
        (frame) => patched(frame, behindTopic(frame) + 1, () => 1),
      ),
    ),
  },
  {
    name: 'turns the order of messages round',
    noticed: 'messages that waited for their subscriber keep their order before newer ones',
    toClient: each('publish', swapped),
  },
  {
    name: 'never sets RETAIN',
    noticed: 'RETAIN is 1 in what a new subscription is sent',
    toClient: each(
      'publish',
      first((value) => value & ~1),
    ),
  },
  {
    name: 'leaves RETAIN as it came',
    noticed: 'RETAIN is 0 in what an established subscription is sent',
    toClient: each(
      'publish',
      first((value) => value | 1),
    ),
  },
  {
    name: 'cuts long payloads',
    noticed: 'payloads of every size arrive unaltered',
    toClient: each('publish', ({ first, body }) => ({ first, body: body.subarray(0, 16_384) })),
  },
  {
    name: 'spells topics anew',
    noticed: 'each filter sees the topics that it matches, spelt as they were',
    toClient: each(
      'publish',
      spelt((topic) => topic.toString().replace('//', '/')),
    ),
  },
];
