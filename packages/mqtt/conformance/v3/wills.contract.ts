import assert from 'node:assert/strict';
import { packet, pubcomp, pubrec } from '../../test/support/wire.ts';
import { cases, type Stage } from '../support/case.ts';
import type { Client } from '../support/client.ts';

/** Somebody who sees every message of this case, and a will to be seen. */
async function watched(stage: Stage): Promise<{ watcher: Client; will: { topic: string; payload: string } }> {
  const watcher = await stage.join('watcher');
  await watcher.subscribe(`${stage.topic}/#`, 2);
  return { watcher, will: { topic: `${stage.topic}/will`, payload: 'lost' } };
}

/** The broker has noticed the end of a connection once its client is back and has left again. */
async function noticed(stage: Stage, name: string): Promise<void> {
  await (await stage.join(name)).leave();
}

export const willsCases = cases(4, 'plain', {
  '[MQTT3-3.1.2-8] the will of a client that is lost is published': async (stage) => {
    const { watcher, will } = await watched(stage);
    const client = await stage.join('c', { will });
    assert.deepEqual(await watcher.settled(), []);
    client.cut();
    const { topic, payload, qos, retain } = await watcher.next('publish');
    assert.deepEqual({ topic, payload, qos, retain }, { ...will, qos: 0, retain: false });
  },

  '[MQTT3-3.1.2-8] the will of a client that breaks the protocol is published': async (stage) => {
    const { watcher, will } = await watched(stage);
    const client = await stage.join('c', { will });
    client.send(packet(0xf0));
    await client.ended();
    assert.equal((await watcher.next('publish')).payload, 'lost');
  },

  '[MQTT3-3.1.2-8] the will of a connection that its client has replaced is published': async (stage) => {
    const { watcher, will } = await watched(stage);
    await stage.join('c', { will });
    await stage.join('c', { will: { ...will, payload: 'of the later' } });
    assert.equal((await watcher.next('publish')).payload, 'lost');
    assert.deepEqual(await watcher.settled(), []);
  },

  '[MQTT3-3.1.2-8] an empty will is published too': async (stage) => {
    const { watcher, will } = await watched(stage);
    (await stage.join('c', { will: { ...will, payload: '' } })).cut();
    assert.equal((await watcher.next('publish')).payload, '');
  },

  '[MQTT3-3.1.2-9] a will is published with the QoS its CONNECT asked for': async (stage) => {
    const { watcher, will } = await watched(stage);
    for (const qos of [0, 1, 2]) {
      (await stage.join(`c${qos}`, { will: { ...will, qos } })).cut();
      assert.equal((await watcher.accept()).qos, qos);
    }
  },

  '[MQTT3-3.1.2-10] a will is published once': async (stage) => {
    const { watcher, will } = await watched(stage);
    (await stage.join('c', { clean: false, will })).cut();
    assert.equal((await watcher.next('publish')).payload, 'lost');
    const again = await stage.join('c', { clean: false });
    again.cut();
    await noticed(stage, 'c');
    assert.deepEqual(await watcher.settled(), []);
  },

  '[MQTT3-3.1.2-10] [MQTT3-3.14.4-3] DISCONNECT discards the will': async (stage) => {
    const { watcher, will } = await watched(stage);
    await (await stage.join('c', { clean: false, will })).leave();
    (await stage.join('c', { clean: false })).cut();
    await noticed(stage, 'c');
    assert.deepEqual(await watcher.settled(), []);
  },

  '[MQTT3-3.1.2-12] without a will nothing is published when a connection ends': async (stage) => {
    const { watcher } = await watched(stage);
    (await stage.join('c')).cut();
    await noticed(stage, 'c');
    assert.deepEqual(await watcher.settled(), []);
  },

  '[MQTT3-3.1.2-16] a will without retain is not retained': async (stage) => {
    const { watcher, will } = await watched(stage);
    (await stage.join('c', { will })).cut();
    await watcher.next('publish');
    await watcher.subscribe(will.topic);
    assert.deepEqual(await watcher.settled(), []);
  },

  '[MQTT3-3.1.2-9] [MQTT3-3.1.2-17] a will with retain is retained, with its QoS': async (stage) => {
    const { watcher, will } = await watched(stage);
    (await stage.join('c', { will: { ...will, qos: 2, retain: true } })).cut();
    assert.equal((await watcher.accept()).retain, false);
    await watcher.subscribe(will.topic, 2);
    const { id, payload, qos, retain } = await watcher.next('publish');
    assert.deepEqual({ payload, qos, retain }, { payload: 'lost', qos: 2, retain: true });
    watcher.send(pubrec(id!));
    await watcher.next('pubrel');
    watcher.send(pubcomp(id!));
  },
});
