import assert from 'node:assert/strict';
import type { Packet } from '../../test/support/parse.ts';
import { field, packet, u8, u16 } from '../../test/support/wire.ts';
import type { Stage } from '../support/case.ts';
import type { Client } from '../support/client.ts';

/*
 * Turns of speech that the cases of version 3.1.1 share.
 */

/** What `listener` was told, once the broker has dealt with all that `speaker` said. */
export async function heard(speaker: Client, listener: Client): Promise<Packet[]> {
  const told = await answers(speaker);
  const more = await listener.settled();
  return speaker === listener ? [...told, ...more] : more;
}

/** All that a client was told. PINGRESP may overtake an acknowledgement, which may wait for a disk; so it asks twice. */
export const answers = async (client: Client): Promise<Packet[]> => [
  ...(await client.settled()),
  ...(await client.settled()),
];

/** Of PUBLISHes, and only of them, the payloads. */
export const payloads = (packets: readonly Packet[]): readonly string[] =>
  packets.map(({ kind, payload }) => {
    assert.equal(kind, 'publish');
    return payload!;
  });

/** Says each of these on a connection of its own; the broker must close it, and say nothing. */
export async function closes(stage: Stage, ...wrongs: readonly Uint8Array[]): Promise<void> {
  for (const wrong of wrongs) {
    const client = await stage.join('offender');
    client.send(wrong);
    assert.deepEqual(await client.ended(), [], `after ${Buffer.from(wrong).toString('hex').slice(0, 80)}`);
  }
}

/** Begins a connection with each of these; the broker must close it, and say nothing: not even CONNACK. */
export async function unanswered(stage: Stage, ...beginnings: readonly Uint8Array[]): Promise<void> {
  for (const beginning of beginnings) {
    const client = await stage.dial();
    client.send(beginning);
    assert.deepEqual(await client.ended(), [], `after ${Buffer.from(beginning).toString('hex').slice(0, 80)}`);
  }
}

export interface Head {
  readonly protocol?: string;
  readonly level?: number;
  readonly flags?: number;
  readonly keepAlive?: number;
}

/** A CONNECT whose parts need not agree with each other. `flags` asks for a clean session unless it is given. */
export const connectOf = (head: Head, ...payload: readonly Uint8Array[]): Buffer => {
  const { protocol = 'MQTT', level = 4, flags = 0x02, keepAlive = 0 } = head;
  return packet(0x10, field(protocol), u8(level), u8(flags), u16(keepAlive), ...payload);
};
