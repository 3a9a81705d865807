import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Access, type AccessVerdict, memorySessions, type SessionStore } from '../src/index.ts';
import { settle } from './support/clock.ts';
import { house } from './support/durable.ts';
import * as wire from './support/wire.ts';
import { openWorld, type Peer } from './support/world.ts';

const yes: AccessVerdict = { ok: true };
const authorize = (): boolean => true;

interface Way {
  readonly access?: Access;
  /** What the client says before it pipelines the rest. */
  readonly opening: Buffer;
}

/** The session is kept, so a durable store has to be waited for. */
const kept = wire.property(0x11, wire.u32(100));
const method = wire.property(0x15, wire.field('plain'));
const plain = wire.connect({ version: 5, properties: [kept] });
const enhanced = wire.connect({ version: 5, properties: [kept, method] });
const auth = wire.packet(0xf0, Buffer.of(0x18), wire.varint(method.length), method);
const exchange = (step: () => AccessVerdict | Promise<AccessVerdict>): Access => ({
  authorize,
  authenticate: () => yes,
  exchange: () => ({ step }),
});

/** How a client may come in, each with everything that it may say without waiting for an answer. */
const ways: Readonly<Record<string, Way>> = {
  'without access': { opening: plain },
  'with a verdict at once': { opening: plain, access: { authorize, authenticate: () => yes } },
  'with a verdict later': { opening: plain, access: { authorize, authenticate: () => settle(2).then(() => yes) } },
  'with an exchange decided at once': { opening: enhanced, access: exchange(() => yes) },
  'with an exchange of two steps': {
    opening: Buffer.concat([enhanced, auth]),
    access: {
      authorize,
      authenticate: () => yes,
      exchange() {
        let steps = 0;
        return { step: () => (++steps === 2 ? yes : { ok: 'more' }) };
      },
    },
  },
};

const stores: Readonly<Record<string, ((access: Access | undefined) => Promise<() => Peer>) | undefined>> = {
  'no store': (access) => inMemory(access, undefined),
  'a store in memory': (access) => inMemory(access, memorySessions()),
  'a durable store': async (access) => {
    const one = house(access ? { lent: { access } } : {});
    await one.begin();
    return () => one.raw(5);
  },
};

async function inMemory(access: Access | undefined, sessions: SessionStore | undefined): Promise<() => Peer> {
  const world = await openWorld({ ...(access ? { access } : {}), ...(sessions ? { sessions } : {}) });
  return () => world.raw(5);
}

/** What may follow, and what the client is to hear of it behind its CONNACK, in any order of PUBLISH and answers. */
const sequels: Readonly<Record<string, readonly [Buffer, readonly string[]]>> = {
  'a PUBLISH': [wire.publish({ version: 5, qos: 1, id: 7 }), ['puback']],
  'a PUBLISH of QoS 2 with its PUBREL': [
    Buffer.concat([wire.publish({ version: 5, qos: 2, id: 7 }), wire.pubrel(7)]),
    ['pubrec', 'pubcomp'],
  ],
  'a SUBSCRIBE and a PUBLISH to it': [
    Buffer.concat([wire.subscribe([['a', 0]], { version: 5 }), wire.publish({ version: 5, qos: 1 }), wire.pingreq]),
    ['suback', 'publish', 'puback', 'pingresp'],
  ],
};

for (const [store, open] of Object.entries(stores)) {
  for (const [how, { access, opening }] of Object.entries(ways)) {
    test(`connecting: ${how} and ${store}, nothing behind the CONNECT is lost, wherever the bytes are cut [MQB-32]`, async () => {
      const dial = await open!(access);
      for (const [what, [sequel, heard]] of Object.entries(sequels)) {
        const all = Buffer.concat([opening, sequel]);
        for (let cut = 1; cut <= all.length; cut++) {
          const peer = dial();
          peer.stream.write(all.subarray(0, cut));
          await settle(cut % 4);
          peer.stream.write(all.subarray(cut));
          const got: string[] = [];
          for (let turns = 0; turns < 60 && got.length < heard.length; turns++) {
            await settle(1);
            got.push(
              ...peer
                .take()
                .map(({ kind }) => kind)
                .filter((kind) => kind !== 'connack' && kind !== 'auth'),
            );
          }
          assert.deepEqual(new Set(got), new Set(heard), `${what}, cut at ${cut}`);
          peer.stream.destroy();
        }
      }
    });
  }
}
