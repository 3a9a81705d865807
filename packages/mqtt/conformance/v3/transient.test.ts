import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publish } from '../../test/support/wire.ts';
import { manualIntake, openWorld } from '../../test/support/world.ts';

// No client can cause this from outside, so the commit that fails is ours to plant.
test('[MQTT3-4.8.0-2] a publish that cannot be kept now ends its connection unacknowledged, and no other', async () => {
  const intake = manualIntake();
  const world = await openWorld({ intake });
  const [publisher, witness] = [await world.join('publisher'), await world.join('witness')];
  await publisher.send(publish({ topic: 'a', qos: 1 }), publish({ topic: 'a', qos: 2, id: 2 }));
  await intake.settle(new Error('the disk is full'));
  assert.deepEqual(publisher.take(), []);
  assert.equal(publisher.ended, true);
  assert.equal(witness.ended, false);
  await world.broker.stop();
});
