import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Spool } from '../src/index.ts';
import { settle } from './support/clock.ts';
import { type House, house } from './support/durable.ts';
import { tell } from './support/durable-story.ts';
import * as wire from './support/wire.ts';
import type { Peer } from './support/world.ts';

const seeds = 80;

test('large: whatever kills the broker between two steps, what it acknowledged of the spool arrives, QoS 2 once, and nothing is left behind [MQB-157] [MQB-159]', async () => {
  const seen = new Map<string, number>();
  for (let seed = 1; seed <= seeds; seed++) {
    await tell(seed, { steps: 60, spoolFrom: 10_000 }, seen).catch((cause: unknown) => {
      throw new Error(`seed ${seed}`, { cause });
    });
  }
  for (const what of ['kill', 'cut', 'soon', 'acknowledged']) assert.ok((seen.get(what) ?? 0) > 50, what);
});

/** Spools that break one promise each: the stories must find every one of them out. */
const mutants: Readonly<Record<string, (spool: Spool) => Partial<Spool>>> = {
  'does not make durable what it was told to': (spool) => ({ create: (size) => spool.create(size, false) }),
  'finds nothing of an earlier life': (spool) => ({
    load: async () => {
      await spool.load(new Map());
      return [];
    },
  }),
  'loses the last byte of a payload': (spool) => ({
    create(size, durable) {
      const file = spool.create(size, durable);
      let left = size - 1;
      return (
        file && {
          ...file,
          write(bytes) {
            const some = bytes.subarray(0, left);
            left -= some.length;
            return file.write(some);
          },
        }
      );
    },
  }),
};

for (const [name, mutant] of Object.entries(mutants)) {
  test(`large: the stories find out a spool that ${name} [MQB-157]`, async () => {
    const mutateSpool = (spool: Spool): Spool => {
      const taken = mutant(spool);
      return new Proxy(spool, { get: (one, key) => Reflect.get(key in taken ? taken : one, key) as unknown });
    };
    let found = false;
    for (let seed = 1; seed <= 40 && !found; seed++) {
      await tell(seed, { steps: 60, spoolFrom: 10_000, mutateSpool }).catch(() => (found = true));
    }
    assert.ok(found);
  });
}

const size = 100_000;
const text = 'x'.repeat(size);
const kept = { version: 5 as const, clean: false, properties: [wire.property(0x11, wire.u32(3_600))] };
const publish = (fields: wire.PublishFields): Buffer =>
  wire.publish({ version: 5, topic: 'a', payload: text, qos: 1, ...fields });

/** A broker with a session that hears `a` and is away, and a client that publishes. */
async function open(): Promise<{ home: House; client: Peer; payloads: () => number }> {
  const home = house({ spoolFrom: 10_000 });
  await home.begin();
  const hearer = await home.dial({ clientId: 'hearer', ...kept });
  await hearer.send(wire.subscribe([['a', 2]], { version: 5 }));
  await settle();
  hearer.stream.destroy();
  const client = await home.dial({ clientId: 'client', ...kept });
  await settle();
  client.take();
  const payloads = (): number => home.plate.paths().filter((path) => path.endsWith('.payload')).length;
  return { home, client, payloads };
}

async function heard(home: House): Promise<(string | undefined)[]> {
  const hearer = await home.dial({ clientId: 'hearer', ...kept });
  await settle(60);
  return hearer.take('publish').map(({ payload }) => payload);
}

test('large: a broker killed in the midst of receiving one has nothing of it afterwards [MQB-157] [MQB-159]', async () => {
  for (const end of ['kill', 'cut'] as const) {
    const { home, client, payloads } = await open();
    await client.send(publish({}).subarray(0, 60_000));
    assert.equal(payloads(), 1);
    home[end]();
    await home.begin();
    assert.deepEqual([payloads(), await heard(home), home.errors], [0, [], []]);
  }
});

test('large: killed between the spool and the store it is not acknowledged, and sent again it comes once [MQB-157]', async () => {
  const { home, client, payloads } = await open();
  // The payload is durable, the session store is not: its journal cannot be written.
  home.plate.fail('write', 'EIO', Number.POSITIVE_INFINITY, 1);
  await client.send(publish({ qos: 2 }));
  await settle(40);
  assert.deepEqual([client.take('pubrec'), payloads()], [[], 1]);
  home.plate.heal();
  home.cut();
  await home.begin();
  assert.equal(payloads(), 0, 'nobody knows of it');
  const again = await home.dial({ clientId: 'client', ...kept });
  await again.send(publish({ qos: 2, dup: true }));
  await settle(40);
  assert.equal(again.take('pubrec').length, 1);
  assert.deepEqual(await heard(home), [text]);
});

test('large: retained and queued it survives a power cut as it was acknowledged, once on the disk for all [MQB-157]', async () => {
  const { home, client, payloads } = await open();
  await client.send(publish({ retain: true }));
  await settle(40);
  assert.equal(client.take('puback').length, 1);
  for (let life = 0; life < 2; life++) {
    home.cut();
    await home.begin();
    assert.equal(payloads(), 1);
    const late = await home.dial({ clientId: 'late' });
    await late.send(wire.subscribe([['a', 1]]));
    await settle(60);
    assert.equal(late.take('publish')[0]?.payload, text);
  }
  assert.deepEqual(await heard(home), [text]);
});

test('large: it is not removed before the store knows that nobody needs it [MQB-159]', async () => {
  const { home, client, payloads } = await open();
  await client.send(publish({ retain: true }));
  await settle(40);
  home.plate.fail('write', 'EIO');
  await client.send(publish({ retain: true, payload: 'small', id: 2 }));
  await settle(40);
  assert.equal(payloads(), 1);
  home.plate.heal();
  home.cut();
  await home.begin();
  const late = await home.dial({ clientId: 'late' });
  await late.send(wire.subscribe([['a', 1]]));
  await settle(60);
  assert.equal(late.take('publish')[0]?.payload, text, 'what replaced it was not acknowledged');
});

test('large: a message whose payload has gone from the spool is told of and given up; the others are as they were [MQB-164]', async () => {
  const { home, client, payloads } = await open();
  await client.send(publish({ retain: true }), publish({ payload: 'small', id: 2 }));
  await settle(40);
  home.kill();
  const disk = home.plate.mount();
  for (const name of await disk.list('/data/spool')) if (name !== 'lock') await disk.remove(`/data/spool/${name}`);
  home.kill();
  for (const expected of [['mqtt.spool.missing'], []]) {
    const before = home.errors.length;
    await home.begin();
    await home.clock.advance(1_000);
    assert.deepEqual(home.errors.slice(before), expected);
    home.kill();
  }
  await home.begin();
  assert.deepEqual([await heard(home), payloads(), home.broker.retained('#')?.messages.length], [['small'], 0, 0]);
});
