import assert from 'node:assert/strict';
import { pingreq } from '../../test/support/wire.ts';
import { cases } from '../support/case.ts';

export const keepAliveCases = cases(4, 'plain', {
  '[MQTT3-3.12.4-1] every PINGREQ is answered with a PINGRESP': async (stage) => {
    const client = await stage.join('c');
    client.send(pingreq, pingreq);
    await client.next('pingresp');
    await client.next('pingresp');
    assert.deepEqual(await client.settled(), []);
  },
});

export const timedKeepAliveCases = cases(4, 'plain', {
  '[MQTT3-3.1.2-24] silence for one and a half keep-alives ends the connection as if the network had failed': async (
    stage,
  ) => {
    const watcher = await stage.join('w');
    await watcher.subscribe(stage.topic);
    const silent = await stage.join('c', { keepAlive: 2, will: { topic: stage.topic, payload: 'lost' } });
    await stage.pass(2.2);
    assert.deepEqual(await watcher.settled(), []);
    assert.equal(silent.stream.readableEnded, false);
    // A broker need not look at every moment; Mosquitto looks every five seconds.
    await stage.pass(6);
    assert.deepEqual(await silent.ended(), []);
    assert.equal((await watcher.next('publish')).payload, 'lost');
  },

  '[MQTT3-3.1.2-24] a client that sends anything within its keep-alive stays connected': async (stage) => {
    const client = await stage.join('c', { keepAlive: 1 });
    for (let n = 0; n < 4; n++) {
      await stage.pass(0.9);
      if (n % 2) await client.publish(stage.topic, 'x', { qos: 1 });
      else await client.settled();
    }
  },

  '[MQTT3-3.1.2-24] a keep-alive of 0 is none': async (stage) => {
    const client = await stage.join('c', { keepAlive: 0 });
    await stage.pass(4);
    assert.deepEqual(await client.settled(), []);
  },
});
