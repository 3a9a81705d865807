import assert from 'node:assert/strict';
import type { Packet } from '../../test/support/parse.ts';
import { type ConnectFields, connect, type Version } from '../../test/support/wire.ts';
import { Client } from './client.ts';
import type { Setup, Target } from './target.ts';

/** One promise of the standard, its ids in the name, and the conversation with a broker that proves it. */
export interface Case {
  readonly name: string;
  readonly version: Version;
  readonly setup: Setup;
  readonly play: (stage: Stage) => Promise<void>;
}

/** What a case is lent: clients and names that no other case uses. Whoever is still connected at its end is cut. */
export interface Stage {
  /** The first level of every topic of this case. */
  readonly topic: string;
  /** A client identifier of this case alone. */
  id(name: string): string;
  /** A connection on which nothing has been said yet. `unread`: what comes is kept as bytes. */
  dial(version?: Version | 'unread'): Promise<Client>;
  /** A connected client; its CONNACK is in `connack`. Fails unless that says 0. */
  join(name: string, fields?: ConnectFields): Promise<Client>;
  /** A client whose CONNECT was answered with anything but success, and then its connection was closed. */
  refused(fields: ConnectFields): Promise<Packet[]>;
  /** Lets that much time pass: in a moment on a simulated clock. */
  pass(seconds: number): Promise<void>;
}

/** Cases by name, on a broker set up in one way. */
export const cases = (
  version: Version,
  setup: Setup,
  plays: Readonly<Record<string, (stage: Stage) => Promise<void>>>,
): readonly Case[] => Object.entries(plays).map(([name, play]) => ({ name, version, setup, play }));

let played = 0;

/** Plays one case. Rejects with what the broker did wrong. */
export async function play(one: Case, target: Target): Promise<void> {
  const prefix = `case${(played += 1)}`;
  const clients: Client[] = [];
  const dial = async (version: Version | 'unread' = one.version): Promise<Client> => {
    const client = new Client(await target.dial(one.setup), version, target.patience);
    clients.push(client);
    return client;
  };
  const open = async (fields: ConnectFields): Promise<Client> => {
    const client = await dial(fields.version ?? one.version);
    client.send(connect({ version: one.version, ...fields }));
    return client;
  };
  const stage: Stage = {
    topic: prefix,
    id: (name) => `${prefix}${name}`,
    dial,
    async join(name, fields = {}) {
      const client = await open({ clientId: stage.id(name), ...fields });
      client.connack = await client.next('connack');
      assert.equal(client.connack.code, 0, `CONNACK refuses ${name}`);
      return client;
    },
    async refused(fields) {
      const packets = await (await open(fields)).ended();
      assert.notEqual(packets[0]?.code, 0, 'the CONNECT was accepted');
      return packets;
    },
    pass: (seconds) => target.pass(seconds),
  };
  try {
    await one.play(stage);
  } finally {
    for (const client of clients) client.cut();
  }
}
