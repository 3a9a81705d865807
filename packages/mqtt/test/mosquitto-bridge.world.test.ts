import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import mqtt from 'mqtt';
import { needs, startMosquitto } from '../../../tools/world.ts';
import { listenOn, portOf } from './support/sockets.ts';

/** Asks for a message again and again until it arrives: the bridge comes when it comes. */
async function travels(from: number, to: number, topic: string): Promise<string> {
  const [sender, hearer] = await Promise.all([from, to].map((port) => mqtt.connectAsync(`mqtt://127.0.0.1:${port}`)));
  const heard = new Promise<string>((resolve) => hearer!.once('message', (_topic, payload) => resolve(`${payload}`)));
  await hearer!.subscribeAsync(topic, { qos: 1 });
  const tries = new AbortController();
  const asking = (async () => {
    while (!tries.signal.aborted) {
      await sender!.publishAsync(topic, 'x', { qos: 1 });
      await sleep(200);
    }
  })();
  const payload = await Promise.race([heard, sleep(20_000, 'nothing came')]);
  tries.abort();
  await asking;
  await Promise.all([sender!.endAsync(), hearer!.endAsync()]);
  return payload;
}

for (const version of ['mqttv311', 'mqttv50']) {
  test(`mosquitto: as it comes it bridges to our broker by ${version}, in both directions [MQB-71] [MQB-173]`, async (t) => {
    await using broker = await listenOn(['tcp']);
    const bridge = [
      'connection ours',
      `address 127.0.0.1:${portOf(broker)}`,
      'topic # both 1',
      `bridge_protocol_version ${version}`,
      'restart_timeout 1',
    ];
    await using mosquitto = await needs(t, () => startMosquitto({ config: bridge.join('\n') }));
    if (!mosquitto) return;
    assert.equal(await travels(mosquitto.port, portOf(broker), 'out'), 'x');
    assert.equal(await travels(portOf(broker), mosquitto.port, 'in'), 'x');
  });
}
