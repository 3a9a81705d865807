import type { Mutant } from '../support/proxy.ts';
import { each, patched } from '../support/rewrites.ts';
import { behindTopic, byte, connectAt, first, isRepeated, nothing, qosOf, spelt, where } from './rewrites.ts';

const lower = (text: Buffer): string => text.toString().toLowerCase();
const mended = (text: Buffer): string => text.toString();
const flags = (change: (flags: number) => number) => each('connect', byte(connectAt.flags, change));
const isQos2Again = (frame: Parameters<typeof qosOf>[0]): boolean => isRepeated(frame) && qosOf(frame) === 2;

const ofConnect: readonly Mutant[] = [
  {
    name: 'takes every protocol level for its own',
    noticed: 'a protocol level that is not supported is told return code 1, then closed',
    toBroker: each(
      'connect',
      byte(connectAt.level, () => 4),
    ),
  },
  {
    name: 'does not look at the reserved connect flag',
    noticed: 'a CONNECT whose reserved flag is set is closed',
    toBroker: flags((value) => value & ~1),
  },
  {
    name: 'takes will QoS 3 for 2',
    noticed: 'will QoS 3 is closed',
    toBroker: flags((value) => ((value & 0x18) === 0x18 ? value & ~0x08 : value)),
  },
  {
    name: 'keeps no sessions',
    noticed: 'QoS 1 and 2 messages wait for a kept session, in order, each once',
    toBroker: flags((value) => value | 2),
  },
  {
    name: 'keeps every session',
    noticed: 'a clean session leaves nothing',
    toBroker: flags((value) => value & ~2),
  },
  {
    name: 'does not tell small letters of a client identifier from large ones',
    noticed: 'the client identifier names the session, letter by letter',
    toBroker: each('connect', spelt(lower, connectAt.clientId)),
  },
  {
    name: 'mends client identifiers that are not UTF-8',
    noticed: 'a client identifier that is not UTF-8 ends the connection',
    toBroker: each('connect', spelt(mended, connectAt.clientId)),
  },
  {
    name: 'forgets wills',
    noticed: 'the will of a client that is lost is published',
    // A client that says goodbye before it is cut has no will any more.
    toBroker: each('connect', (frame) => [frame, { first: 0xe0, body: Buffer.alloc(0) }]),
  },
  {
    name: 'publishes every will with QoS 0',
    noticed: 'a will is published with the QoS its CONNECT asked for',
    toBroker: flags((value) => value & ~0x18),
  },
  {
    name: 'retains no will',
    noticed: 'a will with retain is retained, with its QoS',
    toBroker: flags((value) => value & ~0x20),
  },
  {
    name: 'retains every will',
    noticed: 'a will without retain is not retained',
    toBroker: flags((value) => (value & 4 ? value | 0x20 : value)),
  },
  {
    name: 'publishes the will of a client that has said goodbye',
    noticed: 'DISCONNECT discards the will',
    toBroker: each('disconnect', () => ({ first: 0xf0, body: Buffer.alloc(0) })),
  },
];

const ofPublish: readonly Mutant[] = [
  {
    name: 'takes QoS 3 for 2',
    noticed: 'a PUBLISH with QoS 3 ends the connection',
    toBroker: each(
      'publish',
      where(
        (frame) => qosOf(frame) === 3,
        first((value) => value & ~2),
      ),
    ),
  },
  {
    name: 'mends topics that are not UTF-8',
    noticed: 'a topic that is not UTF-8 ends the connection',
    toBroker: each('publish', spelt(mended)),
  },
  {
    name: 'takes wildcards in a topic for letters',
    noticed: 'a PUBLISH whose topic has wildcards ends the connection, and goes to nobody',
    toBroker: each(
      'publish',
      spelt((topic) => topic.toString().replace(/[+#]/g, '_')),
    ),
  },
  {
    name: 'strips byte order marks',
    noticed: 'a byte order mark is a character like others',
    toBroker: each(
      'publish',
      spelt((topic) => topic.toString().replace('\ufeff', '')),
    ),
  },
  {
    name: 'does not tell small letters of a topic from large ones',
    noticed: 'nothing is normalised: letters that look alike, case and spaces differ',
    toBroker: each('publish', spelt(lower)),
  },
  {
    name: 'takes packet identifier 0 for 1',
    noticed: 'a PUBLISH above QoS 0 with packet identifier 0 ends the connection',
    toBroker: each(
      'publish',
      where(
        (frame) => qosOf(frame) > 0,
        (frame) => patched(frame, behindTopic(frame) + 1, (low) => low || 1),
      ),
    ),
  },
  {
    name: 'does not answer a repeated QoS 2 message',
    noticed: 'a QoS 2 message that is sent again before PUBREL is acknowledged again, and routed once',
    toBroker: each('publish', where(isQos2Again, nothing)),
  },
  {
    name: 'routes a repeated QoS 2 message again',
    noticed: 'a QoS 2 message that is sent again and again before PUBREL is acknowledged each time, and routed once',
    toBroker: each(
      'publish',
      where(isQos2Again, (frame) => {
        const at = behindTopic(frame);
        const withoutId = Buffer.concat([frame.body.subarray(0, at), frame.body.subarray(at + 2)]);
        return [frame, { first: 0x30, body: withoutId }];
      }),
    ),
  },
  {
    name: 'takes a QoS 1 message marked as sent again for an old one',
    noticed: 'after PUBACK the same identifier is a new message, whatever its DUP says',
    toBroker: each('publish', where(isRepeated, nothing)),
  },
  {
    name: 'retains nothing',
    noticed: 'a message with RETAIN is kept with its QoS for later subscribers',
    toBroker: each(
      'publish',
      first((value) => value & ~1),
    ),
  },
  {
    name: 'retains everything',
    noticed: 'a message without RETAIN is not retained, and leaves the retained one alone',
    toBroker: each(
      'publish',
      first((value) => value | 1),
    ),
  },
  {
    name: 'retains empty messages',
    noticed: 'an empty message is not retained',
    toBroker: each('publish', (frame) => {
      const { first, body } = frame;
      const isEmpty = body.length === behindTopic(frame) + (qosOf(frame) > 0 ? 2 : 0);
      return isEmpty ? { first, body: Buffer.concat([body, Buffer.from('0')]) } : frame;
    }),
  },
];

const ofSubscribe: readonly Mutant[] = [
  {
    name: 'does not look at the flags of a SUBSCRIBE',
    noticed: 'a SUBSCRIBE with other flags than 2 ends the connection',
    toBroker: each(
      'subscribe',
      first(() => 0x82),
    ),
  },
  {
    name: 'does not look at the reserved bits beside a filter',
    noticed: 'QoS 3 and reserved bits beside a filter end the connection',
    toBroker: each(
      'subscribe',
      byte(-1, (options) => options % 3),
    ),
  },
  {
    name: 'grants QoS 0 alone, but says otherwise',
    noticed: 'a message is sent with the lower of its own and the granted QoS',
    toBroker: each(
      'subscribe',
      byte(-1, () => 0),
    ),
  },
  {
    name: 'takes part of a level for #',
    noticed: 'a filter in which # is not alone in the last level ends the connection',
    toBroker: each(
      'subscribe',
      spelt((filter) => filter.toString().replaceAll('#', ''), 2),
    ),
  },
  {
    name: 'answers UNSUBSCRIBE without removing anything',
    noticed: 'nothing new is sent for a removed subscription',
    toBroker: each(
      'unsubscribe',
      spelt((filter) => `${filter}/never`, 2),
    ),
  },
  {
    name: 'removes only the first filter of an UNSUBSCRIBE',
    noticed: 'several filters are all removed, with one UNSUBACK',
    toBroker: each('unsubscribe', ({ first, body }) => ({ first, body: body.subarray(0, 4 + body.readUInt16BE(2)) })),
  },
];

/** Mutants of what goes to the broker: it takes for right, or does not see, what a client sent. */
export const incomingMutants: readonly Mutant[] = [...ofConnect, ...ofPublish, ...ofSubscribe];

export const timedMutants: readonly Mutant[] = [
  {
    name: 'takes no notice of a keep-alive',
    noticed: 'silence for one and a half keep-alives ends the connection as if the network had failed',
    toBroker: each(
      'connect',
      byte(connectAt.keepAlive, () => 0),
    ),
  },
];
