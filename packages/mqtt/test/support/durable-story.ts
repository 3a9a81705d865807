import assert from 'node:assert/strict';
import { type Random, seeded } from '@selvedge/kernel';
import type { SessionStore, Spool } from '../../src/index.ts';
import { settle } from './clock.ts';
import { type House, house, type IntakeKind, journalIntake, type Taken, takenFrom } from './durable.ts';
import { type ModelClient, modelClient } from './model-client.ts';

export interface StoryOptions {
  readonly steps: number;
  readonly mutate?: (store: SessionStore) => SessionStore;
  /** With an intake: one that does not tell what it has, or one that says it was received before it is kept. */
  readonly intake?: IntakeKind;
  /** Publishes of this size and more go into a spool on the same disk. */
  readonly spoolFrom?: number;
  readonly mutateSpool?: (spool: Spool) => Spool;
}

/** What happened in all stories together, so that a test can tell that they did not miss their point. */
export type Seen = Map<string, number>;

const topicOf = (client: ModelClient, qos: number): string => `t/${client.id}/${qos}`;

/**
 * The life of a broker and three clients, each of which publishes and hears everybody: publishes of every QoS, lost
 * connections, slow acknowledgements, kills and power cuts at any moment; then all rests, and every promise is checked.
 */
export async function tell(seed: number, options: StoryOptions, seen: Seen = new Map()): Promise<void> {
  const random = seeded(seed);
  const home = house({
    random,
    checkpointMin: pick(random, [500, 3_000, 1_000_000]),
    limits: { inflightMax: pick(random, [1, 4, 1_024]) },
    ...(options.mutate ? { mutate: options.mutate } : {}),
    ...(options.spoolFrom ? { spoolFrom: options.spoolFrom, mutateSpool: options.mutateSpool } : {}),
    ...(options.intake ? { intake: (life) => journalIntake(life, options.intake) } : {}),
  });
  const clients = (['one', 'two', 'three'] as const).map((id, index) =>
    modelClient(id, pick(random, [4, 5]), (fields) => home.dial(fields), index === 2 ? { keepAlive: 0 } : {}),
  );
  await home.begin();
  for (const [index, client] of clients.entries()) {
    await client.connect();
    client.handle();
    await client.subscribe('t/#', index === 2 ? 1 : 2);
    client.handle();
  }
  const note = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);
  let names = 0;
  for (let step = 0; step < options.steps; step++) {
    const client = pick(random, clients);
    const what = random.next();
    if (what < 0.45) {
      for (let left = 1 + Math.floor(random.next() * 4); left > 0 && client.ready && client.owed < 8; left--) {
        const qos = pick(random, [0, 1, 2, 2] as const);
        const size = random.next() < (options.spoolFrom ? 0.3 : 0.05) ? 20_000 : 0;
        client.publish(topicOf(client, qos), `${names++} ${qos}`.padEnd(size, '.'), qos);
      }
    } else if (what < 0.7) client.handle(1 + Math.floor(random.next() * 4));
    else if (what < 0.73) client.drop();
    else if (what < 0.9) {
      if (!client.ready) await client.connect();
    } else if (what < 0.94) await home.clock.advance(pick(random, [25, 600]));
    else await end(home, random, note);
    await settle(Math.floor(random.next() * 4));
  }
  await rest(home, clients);
  check(clients, note);
  if (options.spoolFrom) {
    note('spooled');
    assert.deepEqual(
      home.plate.paths().filter((path) => path.endsWith('.payload')),
      [],
      'nobody holds these any more',
    );
  }
  if (options.intake) {
    home.kill();
    checkTaken(await takenFrom(home), clients);
  }
}

async function end(home: House, random: Random, note: (what: string) => void): Promise<void> {
  const how = pick(random, ['kill', 'cut', 'soon', 'soon'] as const);
  note(how);
  if (how === 'soon') {
    // In the midst of a disk call of what is going on; where nothing is, the power stays.
    let isCut = false;
    void home.plate.cutAfter(1 + Math.floor(random.next() * 4)).then(() => (isCut = true));
    for (let turns = 0; turns < 12 && !isCut; turns++) await settle(1);
    if (!isCut) return;
    home.mourn();
  } else home[how]();
  await home.begin();
}

/** Until nobody has anything to say any more. */
async function rest(home: House, clients: readonly ModelClient[]): Promise<void> {
  home.cut();
  await home.begin();
  for (const client of clients) {
    client.drop();
    await client.connect();
  }
  for (let quiet = 0; quiet < 3; ) {
    await settle(8);
    const handled = clients.reduce((sum, client) => sum + client.handle(), 0);
    quiet = handled === 0 ? quiet + 1 : 0;
  }
  for (const client of clients) assert.equal(client.owed, 0, `${client.id} is still owed an acknowledgement`);
}

function check(clients: readonly ModelClient[], note: (what: string) => void): void {
  for (const hearer of clients) {
    const heard = new Map<string, number>();
    const last = new Map<string, number>();
    for (const { topic, name, qos } of hearer.got) {
      const before = heard.get(name) ?? 0;
      heard.set(name, before + 1);
      if (before > 0) {
        assert.notEqual(qos, 2, `${hearer.id} got ${name} twice`);
        note('sent again with QoS 1');
        continue;
      }
      const number = Number.parseInt(name, 10);
      assert.ok(number > (last.get(topic) ?? -1), `${hearer.id} got ${name} after ${last.get(topic)}`);
      last.set(topic, number);
    }
    for (const { id, acked } of clients) {
      for (const name of acked) assert.ok(heard.has(name), `${hearer.id} never got ${name} of ${id}`);
      for (let left = acked.size; left > 0; left--) note('acknowledged');
    }
  }
}

/** The same of the intake: in order, what was acknowledged, and with QoS 2 once. */
function checkTaken(taken: readonly Taken[], clients: readonly ModelClient[]): void {
  const times = new Map<string, number>();
  for (const { payload, qos } of taken) {
    times.set(payload, (times.get(payload) ?? 0) + 1);
    if (qos === 2) assert.equal(times.get(payload), 1, `${payload} was taken twice`);
  }
  for (const { acked } of clients) for (const name of acked) assert.ok(times.has(name), `${name} was never taken`);
}

const pick = <Value>(random: Random, among: readonly Value[]): Value =>
  among[Math.floor(random.next() * among.length)]!;
