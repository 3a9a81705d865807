import assert from 'node:assert/strict';
import { connect } from '../../test/support/wire.ts';
import { cases } from '../support/case.ts';

const letters = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

export const clientIdentifiersCases = cases(4, 'plain', {
  '[MQTT3-3.1.3-5] client identifiers of 1 to 23 digits and letters are taken': async (stage) => {
    const pieces = [letters.slice(0, 23), letters.slice(23, 46), letters.slice(46), '0', 'Z'];
    for (const clientId of pieces) {
      const client = await stage.dial();
      client.send(connect({ clientId }));
      assert.equal((await client.next('connack')).code, 0, clientId);
      await client.leave();
    }
  },

  '[MQTT3-3.1.3-6] clients without an identifier are given different ones': async (stage) => {
    const clients = [await stage.dial(), await stage.dial(), await stage.dial()];
    for (const client of clients) {
      client.send(connect({ clientId: '' }));
      assert.deepEqual(await client.next('connack'), { kind: 'connack', present: false, code: 0 });
      await client.subscribe(stage.topic);
    }
    await clients[0]!.publish(stage.topic, 'to all');
    for (const client of clients) assert.equal((await client.next('publish')).payload, 'to all');
  },

  '[MQTT3-3.1.3-8] an empty client identifier that asks for a kept session is told return code 2, then closed': async (
    stage,
  ) => {
    assert.deepEqual(await stage.refused({ clientId: '', clean: false }), [
      { kind: 'connack', present: false, code: 2 },
    ]);
  },

  '[MQTT3-3.1.3-9] a client identifier that is too long for the broker is told return code 2, then closed': async (
    stage,
  ) => {
    const client = await stage.dial();
    client.send(connect({ clientId: stage.id('x'.repeat(300)) }));
    const connack = await client.next('connack');
    if (connack.code === 0) return;
    assert.deepEqual(connack, { kind: 'connack', present: false, code: 2 });
    assert.deepEqual(await client.ended(), []);
  },
});
