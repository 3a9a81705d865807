import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { coapClient, udpDatagrams } from '@selvedge/coap';
import { readConfig, silentLog } from '@selvedge/kernel';
import { systemClock, systemEntropy, systemRandom } from '@selvedge/kernel/system';
import { memorySessions } from '@selvedge/mqtt';
import { edgeConfig } from '../../config.ts';
import { type EdgeMachine, edgeMachine } from '../../machine.ts';
import { guest, otherBroker, portOf, until } from './bridge.fixture.ts';
import { freePort } from './mosquitto.fixture.ts';

const timeout = 30_000;
const system = { clock: systemClock, random: systemRandom, entropy: systemEntropy, log: silentLog };
const never = new AbortController().signal;

/** A whole node in a folder of its own, with a bridge to this port. */
async function home(port: number, rules: readonly object[], protocol: '5' | '3.1.1') {
  const dir = await mkdtemp(join(tmpdir(), 'selvedge-bridge-'));
  const bridge = { name: 'plant', url: `mqtt://127.0.0.1:${port}`, protocol, retryMin: '5ms', retryMax: '20ms', rules };
  const mqttPort = await freePort();
  const ports = { 'mqtt.port': `${mqttPort}`, 'mqtt.wsPort': '0', 'mqtt.tlsPort': '0', 'http.port': '0' };
  const flags = { ...ports, data: dir, 'link.url': '', 'coap.udp': '127.0.0.1:0', bridges: JSON.stringify([bridge]) };
  const config = readConfig(edgeConfig, { prefix: 'EDGE', env: {}, flags });
  return {
    mqttPort,
    async start(): Promise<EdgeMachine> {
      const machine = await edgeMachine(config, system);
      await machine.start(never);
      return machine;
    },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
}

/** Posts and publishes one reading at each of the three doors; gives their payloads. */
async function atEveryDoor(machine: EdgeMachine, mqttPort: number, seq: number): Promise<readonly string[]> {
  const { port: coap } = machine.listening.find(({ transport }) => transport === 'coap/udp')!;
  const timestamp = systemClock.wall();
  const reading = (door: string): string => JSON.stringify({ t: 20.5, timestamp, $boot: 1, $seq: seq, door });
  await using inside = await guest(mqttPort);
  await inside.publish('sensors/by-mqtt/data', reading('mqtt'));
  const answer = await fetch(`http://127.0.0.1:${machine.httpPort}/v1/devices/by-http/readings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: reading('http'),
  });
  assert.equal(answer.status, 202);
  const client = coapClient({}, { ...system, transports: [udpDatagrams()] });
  await client.start(never);
  const url = `coap://127.0.0.1:${coap}/sensors/by-coap`;
  assert.ok((await client.request(url, { method: 'POST', payload: reading('coap'), contentFormat: 50 })).ok);
  await client.stop();
  return ['mqtt', 'http', 'coap'].map(reading);
}

const sorted = (texts: readonly string[]): readonly unknown[] =>
  texts.map((text) => JSON.stringify(Object.entries(JSON.parse(text) as object).toSorted())).toSorted();

for (const protocol of ['5', '3.1.1'] as const) {
  test(`bridge readings: over MQTT ${protocol} what came by MQTT, HTTP and CoAP crosses, each once, also what came while the other broker or the node was away [BRG-20] [BRG-22]`, {
    timeout,
  }, async () => {
    const there = memorySessions();
    await using first = await otherBroker(there);
    const port = portOf(first);
    const listener = { clientId: 'outside', clean: false, properties: { sessionExpiryInterval: 600 } };
    await (await guest(port, ['site/#'], listener))[Symbol.asyncDispose]();
    const rules = [
      { direction: 'out', filter: 'sensors/#', remotePrefix: 'site/' },
      { direction: 'out', filter: 'alerts/#', remotePrefix: 'site/' },
    ];
    await using here = await home(port, rules, protocol);
    const sent: string[] = [];
    await using one = await here.start();
    sent.push(...(await atEveryDoor(one, here.mqttPort, 1)));
    await first.stop();
    sent.push(...(await atEveryDoor(one, here.mqttPort, 2)));
    await one.stop();
    await using two = await here.start();
    sent.push(...(await atEveryDoor(two, here.mqttPort, 3)));
    await using other = await otherBroker(there, port);
    await using outside = await guest(port, [], listener);
    await until(() => outside.got.length >= sent.length);
    // What is no reading crosses behind them, as a message.
    await using inside = await guest(here.mqttPort);
    await inside.publish('sensors/by-mqtt/note', 'hello');
    await until(() => outside.texts().includes('hello'));
    const readings = outside.got.filter(({ topic }) => topic.endsWith('/data'));
    assert.deepEqual(sorted(readings.map(({ payload }) => payload.toString())), sorted(sent));
    assert.deepEqual(
      new Set(readings.map(({ topic }) => topic)),
      new Set(['site/sensors/by-coap/data', 'site/sensors/by-http/data', 'site/sensors/by-mqtt/data']),
    );
    if (protocol === '5') assert.equal(readings[0]!.properties?.contentType, 'application/json');
    assert.equal([...other.clients()].filter(({ clientId }) => clientId.endsWith('-readings')).length, 1);
    const status = await (await fetch(`http://127.0.0.1:${two.httpPort}/v1/status`)).json();
    const ways = (status as { bridges: { direction: string; behind?: number }[] }).bridges;
    assert.deepEqual(
      ways.map(({ direction, behind }) => [direction, behind]),
      [
        ['out', undefined],
        ['readings', 0],
      ],
    );
  });
}
