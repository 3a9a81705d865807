import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as wire from '../../test/support/wire.ts';
import { openWorld } from '../../test/support/world.ts';

const small = [wire.property(39, wire.u32(40))];
const reference = 'other.example:1883';

test('redirect: access sends a client to another server, which version 5 is told [MQB-141]', async () => {
  const access = {
    authenticate: () => ({ ok: false, code: 0x9d, why: 'x'.repeat(60), serverReference: reference }) as const,
    authorize: () => true,
  };
  const world = await openWorld({ access });
  const newer = (await world.dial({ version: 5 })).takeOne();
  assert.deepEqual([newer?.code, newer?.properties?.['serverReference']], [0x9d, reference]);
  // Of what does not fit, the reason goes before the reference.
  const tight = (await world.dial({ version: 5, properties: small })).takeOne();
  assert.deepEqual([tight?.code, tight?.properties], [0x9d, { serverReference: reference }]);
  assert.deepEqual((await world.dial()).take(), [{ kind: 'connack', present: false, code: 3 }]);
  await world.broker.stop();
});

test('redirect: a connected client is sent to another server [MQB-141]', async () => {
  const world = await openWorld();
  const newer = await world.join('newer', { version: 5 });
  const older = await world.join('older');
  const tight = await world.join('tight', { version: 5, properties: small });
  assert.equal(world.broker.kick('newer', 0x9c, reference), true);
  assert.equal(world.broker.kick('older', 0x9c, reference), true);
  assert.equal(world.broker.kick('tight', 0x9c, 'x'.repeat(60)), true);
  assert.equal(world.broker.kick('nobody', 0x9c, reference), false);
  await newer.send(wire.pingreq);
  assert.deepEqual(newer.take(), [{ kind: 'disconnect', code: 0x9c, properties: { serverReference: reference } }]);
  assert.deepEqual([tight.take(), older.take()], [[{ kind: 'disconnect', code: 0x9c }], []]);
  assert.deepEqual([newer.ended, older.ended, tight.ended], [true, true, true]);
  await world.broker.stop();
});

test('redirect: access gives response information to who asks for it [MQB-142]', async () => {
  const access = {
    authenticate: () => ({ ok: true, responseInformation: 'answers/7/' }) as const,
    authorize: () => true,
  };
  const world = await openWorld({ access });
  for (const [asked, given] of [
    [1, 'answers/7/'],
    [0, undefined],
    [undefined, undefined],
  ] as const) {
    const properties = asked === undefined ? [] : [wire.property(25, wire.u8(asked))];
    const connack = (await world.dial({ version: 5, clientId: 'c', properties })).takeOne();
    assert.equal(connack?.properties?.['responseInformation'], given);
  }
  await world.broker.stop();
});
