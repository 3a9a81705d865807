import type { Difference } from '../support/differences.ts';

const lenient = 'It reads those flags as if they were right: leniency towards clients, where the standard is strict.';

/** Where Debian's Mosquitto (2.0) does otherwise than version 3.1.1 says, as this suite reads it. */
export const mosquittoDifferences: readonly Difference[] = [
  {
    case: 'a PUBACK with flags ends the connection',
    id: 'MQTT3-2.2.2-2',
    does: 'takes a PUBACK whose flags are not 0',
    why: lenient,
  },
  {
    case: 'a PUBREC with flags ends the connection',
    id: 'MQTT3-2.2.2-2',
    does: 'takes a PUBREC whose flags are not 0, and answers it with PUBREL',
    why: lenient,
  },
  {
    case: 'a PUBCOMP with flags ends the connection',
    id: 'MQTT3-2.2.2-2',
    does: 'takes a PUBCOMP whose flags are not 0',
    why: lenient,
  },
  {
    case: 'a PINGREQ with flags ends the connection',
    id: 'MQTT3-2.2.2-2',
    does: 'answers a PINGREQ whose flags are not 0',
    why: lenient,
  },
  {
    case: 'a SUBACK, UNSUBACK or PINGRESP from a client ends the connection',
    id: 'MQTT3-4.8.0-1',
    does: 'takes SUBACK, UNSUBACK and PINGRESP from any client, and goes on',
    why: 'It is built with bridges, which are clients in the same reader: that knows the packets a bridge is answered.',
  },
  {
    case: 'an acknowledgement that is too long ends the connection',
    id: 'MQTT3-4.8.0-1',
    does: 'takes a PUBACK, PUBREC, PUBREL or PUBCOMP with bytes behind its identifier',
    why: 'It looks at the size of an acknowledgement only for MQTT 5, where a reason code may follow.',
  },
  {
    case: 'a PINGREQ with a body ends the connection',
    id: 'MQTT3-4.8.0-1',
    does: 'answers a PINGREQ that has a body',
    why: 'It does not look at the size of a PINGREQ.',
  },
  {
    case: 'MQTT 3.1, which calls itself MQIsdp, is told return code 1, then closed',
    id: 'MQTT3-3.1.2-2',
    does: 'serves MQTT 3.1',
    why: 'It speaks that version too. Ours does not, and says so with return code 1.',
  },
  {
    case: 'a QoS 0 PUBLISH with DUP ends the connection',
    id: 'MQTT3-3.3.1-2',
    does: 'takes a QoS 0 PUBLISH with DUP',
    why: 'It looks at DUP only above QoS 0. The statement is one about senders; what a receiver does follows from 4.8.',
  },
  {
    case: 'where several subscriptions match, the highest QoS among them holds',
    id: 'MQTT3-3.3.5-1',
    does: 'sends one copy with the QoS of the subscription that its tree finds first',
    why: 'Without allow_duplicate_messages the first copy shuts out the others, also those with a higher QoS.',
  },
  {
    case: 'a filter that is not authorised has return code 0x80 in its place',
    id: 'MQTT3-3.8.4-5',
    does: 'grants the subscription, and sends nothing for it',
    why: 'Its access list is asked about topics when messages are sent; rules for filters need a plugin.',
  },
  {
    case: 'a QoS 2 message that is sent again and again before PUBREL is acknowledged each time, and routed once',
    id: 'MQTT3-4.3.3-2',
    does: 'acknowledges one repetition, and ends the connection at the second',
    why: 'A known defect (issues 3599 and 3602 of eclipse-mosquitto/mosquitto): it counts repetitions in the DUP flag.',
  },
];

/** What it does otherwise over WebSockets, by the name of the promise. */
export const overWebsockets: Readonly<Record<string, Pick<Difference, 'does' | 'why'>>> = {
  '[MQTT3-6.0.0-1] a text frame ends the connection': {
    does: 'goes on after a text frame',
    why: 'Its WebSocket library hands over the bytes of a frame, and it does not ask of which kind that was.',
  },
};
