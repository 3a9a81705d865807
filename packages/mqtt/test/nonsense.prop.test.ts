import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { settle } from './support/clock.ts';
import * as wire from './support/wire.ts';
import { openWorld } from './support/world.ts';

const seed = 20_263;

/** Packets that a client might send, of every kind and both versions. */
const packets = (version: wire.Version): Buffer[] => [
  wire.connect({ version, clientId: 'c', will: { topic: 'w', payload: 'x', qos: 1 } }),
  wire.publish({ version, topic: 'a/b', payload: 'payload', qos: 1, retain: true }),
  wire.publish({ version, topic: 'a/b', payload: 'payload', qos: 2, id: 2 }),
  wire.subscribe(
    [
      ['a/+', 1],
      ['$share/g/#', 2],
    ],
    { version },
  ),
  wire.unsubscribe(['a/+'], version),
  wire.puback(1),
  wire.pubrec(2),
  wire.pubrel(2),
  wire.pubcomp(2),
  wire.pingreq,
  wire.disconnect(),
];

test(`nonsense: damaged packets close their connection at worst, and nobody else notices (seed ${seed}) [MQB-2] [MQTT-4.13.1-1]`, async () => {
  const world = await openWorld();
  const steady = await world.join('steady');
  await steady.send(wire.subscribe([['steady', 1]]));
  steady.take();
  const damage = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(4, 5),
      fc.array(fc.nat({ max: 10 }), { maxLength: 12 }),
      fc.array(damage, { maxLength: 4 }),
      async (version, choice, damages) => {
        const all = packets(version as wire.Version);
        const stream = Buffer.concat([
          wire.connect({ version: version as wire.Version, clientId: 'c' }),
          ...choice.map((index) => all[index]!),
        ]);
        // The version stays as it is, so that the test knows in which one it is answered.
        const spoken = stream[8]!;
        for (const [at, value] of damages) stream[at % stream.length] = value;
        stream[8] = spoken;
        const peer = world.raw(version as wire.Version);
        // The test's own parser throws at anything the broker must not say.
        peer.stream.write(stream);
        await settle(3);
        peer.stream.destroy();
      },
    ),
    { seed, numRuns: 1_000 },
  );
  world.broker.publish({ topic: 'steady', payload: 'x', qos: 1 });
  await settle();
  assert.equal(steady.take('publish').length, 1);
  assert.deepEqual(
    world.logged.filter(([level]) => level === 'error'),
    [],
  );
  await world.broker.stop();
});
