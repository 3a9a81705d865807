import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as wire from './support/wire.ts';
import { openWorld } from './support/world.ts';

/** First bytes that no client may send, by reason code; the low four bits of a packet are reserved but for PUBLISH. */
const wrong: [code: number, firsts: number[]][] = [
  [0x81, [0x00, 0x0f, 0x21, 0x41, 0x51, 0x60, 0x61, 0x63, 0x71, 0x80, 0x83, 0xa0, 0xa3, 0xc1, 0xe1, 0xf1]],
  [0x82, [0x10, 0x20, 0x90, 0xb0, 0xd0, 0xf0]],
];

for (const [code, firsts] of wrong) {
  test(`flags: packets that a client may not send end its connection with ${code} [MQTT-2.1.3-1] [MQTT-3.6.1-1] [MQTT-3.8.1-1] [MQTT-3.10.1-1] [MQTT-3.14.1-1]`, async () => {
    const world = await openWorld();
    for (const first of firsts) {
      const peer = await world.join('c', { version: 5 });
      await peer.send(wire.packet(first, wire.u16(1)));
      assert.deepEqual([first, peer.takeOne()?.code, peer.ended], [first, code, true]);
      const older = await world.join('c');
      await older.send(wire.packet(first, wire.u16(1)));
      assert.deepEqual([older.take(), older.ended], [[], true]);
    }
    await world.broker.stop();
  });
}
