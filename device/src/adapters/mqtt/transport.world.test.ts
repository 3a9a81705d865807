import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { millis, seconds } from '@selvedge/kernel';
import mqtt, { type MqttClient } from 'mqtt';
import { ensureDebian, findCommand, type Mosquitto, needs, startMosquitto } from '../../../../tools/world.ts';
import { type Device, device } from '../../index.ts';

const run = promisify(execFile);

/** Starts a broker that nobody here wrote, and gives what the tests do with it; undefined skips the test. */
async function stage(t: TestContext) {
  const found = await needs(t, async () => {
    await ensureDebian(['mosquitto', 'mosquitto-clients']);
    return startMosquitto();
  });
  if (!found) return undefined;
  let broker: Mosquitto = found;
  const { port } = broker;
  const url = `mqtt://127.0.0.1:${port}`;
  const dir = await mkdtemp(join(tmpdir(), 'selvedge-device-'));
  const clients: MqttClient[] = [];
  return {
    pump: (): Device => device({ id: 'pump-7', type: 'pump', url, dir, retry: { min: millis(50), max: seconds(1) } }),
    /** Hears topics until the end. */
    async listen(...filters: readonly string[]): Promise<[string, string][]> {
      const client = await mqtt.connectAsync(url);
      clients.push(client);
      const heard: [string, string][] = [];
      client.on('message', (topic, payload) => void heard.push([topic, payload.toString()]));
      await client.subscribeAsync([...filters], { qos: 2 });
      return heard;
    },
    send: (message: object) =>
      run(findCommand('mosquitto_pub')!, [
        ...['-V', 'mqttv5', '-h', '127.0.0.1', '-p', String(port), '-q', '2', '-t', 'commands/pump-7'],
        ...['-m', JSON.stringify(message)],
      ]),
    stop: () => broker.stop(),
    async start() {
      broker = await startMosquitto({ port });
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client.endAsync(true);
      await broker.stop();
      await rm(dir, { recursive: true });
    },
  };
}

async function until(reached: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !reached(); tries++) await new Promise((resolve) => setTimeout(resolve, 25));
}

test('device: readings reach a broker that nobody here wrote, in order and named [DEV-1, DEV-2]', async (t) => {
  await using set = await stage(t);
  if (!set) return;
  const heard = await set.listen('sensors/pump-7/data');
  await using one = set.pump();
  await one.connect();
  await Promise.all(Array.from({ length: 200 }, (_, n) => one.report({ n })));
  await until(() => heard.length === 200);
  const readings = heard.map(([, payload]) => JSON.parse(payload) as { $boot: number; $seq: number; n: number });
  assert.deepEqual(
    readings.map(({ $seq, n }) => [$seq, n]),
    Array.from({ length: 200 }, (_, n) => [n, n]),
  );
  assert.ok(readings.every(({ $boot }) => $boot === one.status().boot));
  await one.stop();
});

test('device: what is reported while the broker is dead is acknowledged when it is back [DEV-1, DEV-4]', async (t) => {
  await using set = await stage(t);
  if (!set) return;
  await using one = set.pump();
  await one.connect();
  await one.online();
  await set.stop();
  const reports = Array.from({ length: 20 }, (_, n) => one.report({ n }));
  await until(() => !one.status().online);
  assert.equal(one.status().outbox.pending, 20);
  await set.start();
  await Promise.all(reports);
  assert.equal(one.status().outbox.pending, 0);
});

test('device: a command by mosquitto_pub is obeyed once and answered, also one sent while it was away [DEV-7, DEV-9, DEV-15]', async (t) => {
  await using set = await stage(t);
  if (!set) return;
  const heard = await set.listen('commands/pump-7/result', 'devices/pump-7/status');
  let ran = 0;
  await using one = set.pump();
  one.onCommand('start', () => ({ ran: (ran += 1) }));
  await one.connect();
  await one.online();
  await set.send({ id: 'c1', command: 'start' });
  await set.send({ id: 'c1', command: 'start' });
  const results = (): string[] => heard.filter(([topic]) => topic.endsWith('result')).map(([, payload]) => payload);
  await until(() => results().length > 0);
  await one.stop();
  await set.send({ id: 'c2', command: 'start' });
  await using again = set.pump();
  again.onCommand('start', () => ({ ran: (ran += 1) }));
  await again.connect();
  await until(() => results().length > 1);
  assert.deepEqual(results(), [
    '{"id":"c1","status":"done","result":{"ran":1}}',
    '{"id":"c2","status":"done","result":{"ran":2}}',
  ]);
  await again.stop();
  const states = heard
    .filter(([topic]) => topic.endsWith('status'))
    .map(([, payload]) => (JSON.parse(payload) as { online: boolean }).online);
  assert.deepEqual(states.slice(-4), [true, false, true, false]);
});
