import { duplexPair } from 'node:stream';
import type { Broker } from '@selvedge/mqtt';
import { parse } from '../../../../packages/mqtt/test/support/parse.ts';
import { bytes, number, write } from '../pieces/piece.ts';
import { Broken } from '../target.ts';
import { witnessName } from './access.ts';
import { connect, packet, text } from './grammar.ts';

/** A client that behaves, and must not notice what others do. */
export interface Witness {
  /** Something is published for it. */
  send(): void;
  /** Throws `Broken` if something for it has not come, or not once and in order. */
  check(): void;
  end(): void;
}

/** `publishes`: it sends some of the messages itself; where commits are refused that would end its connection, rightly. */
export function witness(broker: Broker, publishes: boolean): Witness {
  const [theirs, ours] = duplexPair();
  let unread: Buffer = Buffer.alloc(0);
  let sent = 0;
  let heard = 0;
  let checked = 0;
  let isConnected = false;
  let isEnding = false;
  let wrong: string | undefined;

  theirs.on('data', (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk]);
    const { packets, used } = parse(unread, 4);
    unread = unread.subarray(used);
    for (const { kind, id, payload, code } of packets) {
      if (kind === 'connack') isConnected = code === 0;
      if (kind !== 'publish') continue;
      heard += 1;
      if (payload !== `message ${heard}`) wrong ??= `the witness hears ${payload} where message ${heard} is due`;
      if (id !== undefined) theirs.write(write(packet(0x40, [number(2, id)])));
    }
  });
  theirs.on('end', () => {
    if (!isEnding) wrong ??= 'the connection of the witness was ended';
  });
  broker.accept(ours, { address: witnessName, secure: false });
  theirs.write(write(connect({ version: 4, flags: 2, keepAlive: 0, properties: [], clientId: witnessName })));
  theirs.write(write(packet(0x82, [number(2, 1), text('witness/+'), number(1, 1)])));

  return {
    send() {
      sent += 1;
      if (!publishes || sent % 2 === 0) broker.publish({ topic: 'witness/1', payload: `message ${sent}`, qos: 1 });
      else theirs.write(write(packet(0x30, [text('witness/1'), bytes(`message ${sent}`)])));
      broker.publish({ topic: '$denied/a', payload: 'secret', qos: 1, retain: sent % 3 === 0 });
    },
    check() {
      if (wrong !== undefined) throw new Broken('promise', wrong);
      if (!isConnected) throw new Broken('promise', 'the witness was not let in');
      // What was sent before the last check has had its time.
      if (heard < checked) throw new Broken('promise', `the witness has heard ${heard} of ${checked} messages`);
      checked = sent;
    },
    end() {
      isEnding = true;
      theirs.write(write(packet(0xe0, [])));
      theirs.end();
    },
  };
}
