import assert from 'node:assert/strict';
import { publish, pubrel } from '../../test/support/wire.ts';
import { cases, type Stage } from '../support/case.ts';
import { payloads } from './conversation.ts';

/** Sends one QoS 2 message several times, with these DUPs, before it is released. */
async function repeats(stage: Stage, dups: readonly boolean[]): Promise<void> {
  const [client, watcher] = [await stage.join('c'), await stage.join('w')];
  await watcher.subscribe(stage.topic, 0);
  for (const dup of dups) {
    client.send(publish({ topic: stage.topic, payload: 'once', qos: 2, id: 7, dup }));
    assert.equal((await client.next('pubrec')).id, 7);
  }
  client.send(pubrel(7));
  assert.equal((await client.next('pubcomp')).id, 7);
  assert.equal((await watcher.next('publish')).payload, 'once');
  assert.deepEqual(await watcher.settled(), []);
}

/** The broker as the receiver of QoS 1 and 2. */
export const handshakesCases = cases(4, 'plain', {
  '[MQTT3-4.3.2-2] after PUBACK the same identifier is a new message, whatever its DUP says': async (stage) => {
    const client = await stage.join('c');
    await client.subscribe(stage.topic, 0);
    for (const [payload, dup] of [
      ['first', false],
      ['second', false],
      ['third', true],
    ] as const) {
      client.send(publish({ topic: stage.topic, payload, qos: 1, id: 6, dup }));
      assert.equal((await client.find('puback')).id, 6);
      assert.equal((await client.find('publish')).payload, payload);
    }
  },

  '[MQTT3-4.3.3-2] a QoS 2 message that is sent again before PUBREL is acknowledged again, and routed once': (stage) =>
    repeats(stage, [false, true]),

  '[MQTT3-4.3.3-2] a QoS 2 message that is sent again and again before PUBREL is acknowledged each time, and routed once':
    (stage) => repeats(stage, [false, true, true, true]),

  '[MQTT3-4.3.3-2] PUBREL is answered with PUBCOMP, and a repeated one too': async (stage) => {
    const client = await stage.join('c');
    client.send(publish({ topic: stage.topic, qos: 2, id: 8 }));
    await client.next('pubrec');
    for (let n = 0; n < 2; n++) {
      client.send(pubrel(8));
      assert.equal((await client.next('pubcomp')).id, 8);
    }
  },

  '[MQTT3-4.3.3-2] after PUBCOMP the same identifier is a new message': async (stage) => {
    const [client, watcher] = [await stage.join('c'), await stage.join('w')];
    await watcher.subscribe(stage.topic, 0);
    for (const payload of ['first', 'second']) await client.publish(stage.topic, payload, { qos: 2, id: 9 });
    assert.deepEqual(payloads([await watcher.next('publish'), await watcher.next('publish')]), ['first', 'second']);
  },

  '[MQTT3-4.3.3-2] a QoS 2 message sent again on the next connection of its session is routed once': async (stage) => {
    const [first, watcher] = [await stage.join('c', { clean: false }), await stage.join('w')];
    await watcher.subscribe(stage.topic, 0);
    first.send(publish({ topic: stage.topic, payload: 'once', qos: 2, id: 10 }));
    await first.next('pubrec');
    first.cut();
    const again = await stage.join('c', { clean: false });
    again.send(publish({ topic: stage.topic, payload: 'once', qos: 2, id: 10, dup: true }));
    assert.equal((await again.find('pubrec')).id, 10);
    again.send(pubrel(10));
    assert.equal((await again.find('pubcomp')).id, 10);
    assert.equal((await watcher.next('publish')).payload, 'once');
    assert.deepEqual(await watcher.settled(), []);
  },

  '[MQTT3-4.3.3-2] a PUBREL that is sent again on the next connection of its session is completed': async (stage) => {
    const first = await stage.join('c', { clean: false });
    first.send(publish({ topic: stage.topic, qos: 2, id: 11 }));
    await first.next('pubrec');
    first.cut();
    const again = await stage.join('c', { clean: false });
    again.send(pubrel(11));
    assert.equal((await again.find('pubcomp')).id, 11);
  },

  '[MQTT3-4.6.0-2] PUBACKs are in the order of their PUBLISHes': async (stage) => {
    const client = await stage.join('c');
    const ids = [20, 5, 300, 6, 21];
    client.send(...ids.map((id) => publish({ topic: stage.topic, qos: 1, id })));
    for (const id of ids) assert.equal((await client.next('puback')).id, id);
  },

  '[MQTT3-4.6.0-3] PUBRECs are in the order of their PUBLISHes': async (stage) => {
    const client = await stage.join('c');
    const ids = [20, 5, 300, 6, 21];
    client.send(...ids.map((id) => publish({ topic: stage.topic, qos: 2, id })));
    for (const id of ids) assert.equal((await client.next('pubrec')).id, id);
    client.send(...ids.map((id) => pubrel(id)));
    for (const id of ids) assert.equal((await client.next('pubcomp')).id, id);
  },
});
