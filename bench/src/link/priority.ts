import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { edgeNodeEnvironment } from '@selvedge/edge/config';
import { connectAsync } from 'mqtt';
import { freePort, inScratch, load, quantile, start } from '../process.ts';
import { benchCloud } from './cloud.ts';
import { relay } from './narrow-relay.ts';

/** Bytes a second: 64 kbit/s. */
const rate = 8_000;
/** Bytes of records that wait, about a million readings. */
const backlogBytes = Number(process.env['SELVEDGE_BENCH_BACKLOG_BYTES'] ?? 100_000_000);
const alarms = Number(process.env['SELVEDGE_BENCH_ALARMS'] ?? 100);

/**
 * Alarms over a link of 64 kbit/s that is full: 100 MB of backlog go up, an update comes down, and live readings come in.
 * Timed from the reading that raises an alarm to the alert in the cloud's live feed.
 */
export const priority = (): Promise<Record<string, number>> =>
  inScratch(async (dir) => {
    const cloud = await benchCloud(join(dir, 'cloud'));
    const narrow = await relay(cloud.ports.link, rate);
    const source = await updateSource();
    const update = await relay(source.port, rate);
    let running = await cloud.start();
    const { token } = await cloud.ask<{ token: string }>('POST', '/v1/enrolments', { node: 'edge-1' });
    const mqtt = await freePort();
    const edge = await start('./link/updating-edge.ts', [], {
      SELVEDGE_EDGE_DATA: join(dir, 'edge'),
      SELVEDGE_EDGE_MQTT_PORT: String(mqtt),
      SELVEDGE_EDGE_MQTT_WS_PORT: '0',
      SELVEDGE_EDGE_MQTT_TLS_PORT: '0',
      SELVEDGE_EDGE_HTTP_PORT: '0',
      SELVEDGE_EDGE_COAP_UDP: '',
      SELVEDGE_EDGE_LINK_URL: cloud.linkUrl(narrow.port),
      SELVEDGE_EDGE_LINK_TOKEN: token,
      SELVEDGE_EDGE_LINK_RETRY_MAX: '2s',
      ...edgeNodeEnvironment,
    });
    await cloud.online();
    process.stderr.write('enrolled\n');
    await running.stop();
    const order = { port: mqtt, connections: 50, inFlight: 50, warmSeconds: 0 };
    for (let written = 0; written < backlogBytes; ) {
      written += (await load({ ...order, seconds: 2, rate: 0 })).acked * recordBytes;
      process.stderr.write(`${Math.round(written / 1e6)} of ${backlogBytes / 1e6} MB wait for the cloud\n`);
    }

    running = await cloud.start();
    await cloud.online();
    edge.child.send({ fetch: update.port });
    const client = await connectAsync(`mqtt://127.0.0.1:${mqtt}`, { clientId: 'alarms' });
    const raised = new Map<string, number>();
    const late: number[] = [];
    const unwatch = await cloud.watchAlerts((device) => {
      const at = raised.get(device);
      if (at !== undefined) late.push(performance.now() - at);
      raised.delete(device);
    });
    const say = (device: string, temperature: number): void =>
      void client.publish(`sensors/${device}/data`, JSON.stringify({ temperature }), { qos: 1 });
    const live = setInterval(() => say('live', 20 + Math.random()), 100);
    await sleep(10_000);
    const [from, before] = [performance.now(), { ...narrow.carried }];
    const updated = update.carried.down;
    for (let i = 0; i < alarms; i++) {
      raised.set(`alarm-${i}`, performance.now());
      say(`alarm-${i}`, 82);
      await sleep(500 + Math.random() * 1_500);
    }
    await sleep(5_000);
    const seconds = (performance.now() - from) / 1_000;
    clearInterval(live);
    unwatch();
    const lost = raised.size;
    await client.endAsync(true);
    await edge.kill();
    await running.stop();
    for (const one of [narrow, update, source]) one.close();
    return {
      critical_p50_ms: quantile(late, 0.5),
      critical_p99_ms: quantile(late, 0.99),
      critical_max_ms: Math.max(...late),
      alarms: late.length,
      not_arrived: lost,
      up_bytes_per_s: (narrow.carried.up - before.up) / seconds,
      update_bytes_per_s: (update.carried.down - updated) / seconds,
    };
  });

/** Of a reading of the load, as a record with its length. */
const recordBytes = 110;

/** Sends as many bytes as it is asked for, four bytes each time. */
async function updateSource(): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    let asked = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      asked = Buffer.concat([asked, chunk]);
      for (; asked.length >= 4; asked = asked.subarray(4)) socket.write(Buffer.alloc(asked.readUInt32LE(0)));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as { port: number }).port, close: () => server.close() };
}

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
