import type { Difference } from '../support/differences.ts';

const lenient = 'The standard binds the sender; it leaves open what a receiver does about it. We take it as malformed.';

/** Where Debian's Mosquitto (2.0.11) does otherwise. */
export const mosquittoDifferences: readonly Difference[] = [
  {
    case: 'a length with a byte too many ends the connection',
    id: 'MQTT5-1.5.5-1',
    does: 'reads 0x80 0x00 as a length of 0',
    why: lenient,
  },
  {
    case: 'packets with other flags than theirs end the connection',
    id: 'MQTT5-2.1.3-1',
    does: 'looks at the low bits of PUBREL, SUBSCRIBE, UNSUBSCRIBE, DISCONNECT and AUTH only',
    why: 'Its handlers of PINGREQ, PUBACK, PUBREC and PUBCOMP do not check them, although section 2.1.3 calls it malformed.',
  },
  {
    case: 'packets that only a server sends end the connection',
    id: 'MQTT5-4.13.1-1',
    does: 'ignores UNSUBACK and PINGRESP from a client',
    why: 'A Mosquitto can be another’s client as a bridge, and the handlers do not ask which kind of peer they serve.',
  },
  {
    case: 'a CONNECT with wrong properties is not accepted',
    id: 'MQTT5-3.1.4-1',
    does: 'accepts authentication data without an authentication method; the other six it refuses',
    why: 'It looks for the data only where there is a method.',
  },
  {
    case: 'each filter has its own code, in the order of the filters',
    id: 'MQTT5-3.9.3-1',
    does: 'grants a subscription that its rules forbid, and then sends nothing for it',
    why: 'An ACL file speaks of reading and writing; without a rule for subscribing every filter is granted.',
  },
  {
    case: 'a filter that is refused leaves the others as they are',
    id: 'MQTT5-3.8.4-7',
    does: 'grants a subscription that its rules forbid, and then sends nothing for it',
    why: 'As above: it refuses at delivery, not at SUBSCRIBE.',
  },
  {
    case: 'a QoS 0 PUBLISH with DUP 1 ends the connection',
    id: 'MQTT5-3.3.1-2',
    does: 'takes the message',
    why: lenient,
  },
  {
    case: 'a response topic with a wildcard ends the connection',
    id: 'MQTT5-3.3.2-14',
    does: 'passes the response topic on, wildcard and all',
    why: lenient,
  },
  {
    case: 'PUBREL of an unknown identifier is answered with 0x92 in PUBCOMP',
    id: 'MQTT5-3.7.2-1',
    does: 'says 0x00',
    why: '0x92 is the code that the table has for it, but no statement demands it.',
  },
  {
    case: 'PUBREC of an unknown identifier is answered with 0x92 in PUBREL',
    id: 'MQTT5-3.6.2-1',
    does: 'says 0x00',
    why: '0x92 is the code that the table has for it, but no statement demands it.',
  },
  {
    case: 'a client that sends a subscription identifier in PUBLISH is closed',
    id: 'MQTT5-3.3.4-6',
    does: 'takes the message, without the identifier',
    why: lenient,
  },
  {
    case: 'until PUBREL a QoS 2 identifier stands for one message, however often it comes',
    id: 'MQTT5-4.3.3-10',
    does: 'answers the second PUBLISH with PUBREC and the third with DISCONNECT 0x82',
    why: 'It counts repetitions of a stored message; a client that keeps 4.4.0-1 sends each once for a connection.',
  },
  {
    case: 'more than Receive Maximum messages under way end the connection',
    id: 'MQTT5-3.3.4-7',
    does: 'refuses what is too much with PUBREC 0x97, and goes on',
    why: 'The statement binds the client; section 3.3.4 has the server answer with DISCONNECT 0x93.',
  },
  {
    case: 'a message larger than its client takes is left out, as if it had been sent',
    id: 'MQTT5-3.1.2-25',
    does: 'leaves it out, but never gives its place in the window back: with Receive Maximum 1 nothing more is sent',
    why: 'A defect: the packet is refused after it was counted as under way.',
  },
  {
    case: 'No Local on a shared subscription is a protocol error',
    id: 'MQTT5-3.8.3-4',
    does: 'grants it',
    why: 'A defect: 3.8.3-4 calls it a protocol error.',
  },
  {
    case: 'a share has a name without wildcards and a filter behind it',
    id: 'MQTT5-4.8.2-2',
    does: 'grants `$share/`, `$share/g`, an empty share name, an empty filter and a share name `+`',
    why: 'It checks such a filter as an ordinary one, in which these characters are well placed.',
  },
  {
    case: 'a DISCONNECT with any other code leaves the will in force',
    id: 'MQTT5-3.14.4-3',
    does: 'publishes the will after 0x04 only',
    why: 'It reads every other code as a normal end. By 3.1.2-8 only 0x00 takes the will back.',
  },
  {
    case: 'no answer exceeds what its client takes, rather the connection ends',
    id: 'MQTT5-3.1.2-24',
    does: 'sends a SUBACK of 45 bytes to a client that takes 30',
    why: 'It measures PUBLISH and CONNACK only.',
  },
  {
    case: 'a QoS 2 message that was sent does not expire',
    id: 'MQTT5-4.3.3-7',
    does: 'drops a message whose expiry has passed when its client comes back, although it had been sent',
    why: 'It applies the expiry to all that is under way when a session is resumed.',
  },
];
