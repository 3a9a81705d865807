import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { coapClient, codeName, tcpStreams, udpDatagrams } from '@selvedge/coap';
import { isFault, logTo, readConfig, silentLog } from '@selvedge/kernel';
import { systemClock, systemEntropy, systemRandom } from '@selvedge/kernel/system';
import { edgeConfig } from '../../config.ts';
import { coapMachine, edgeMachine } from '../../machine.ts';

const system = { clock: systemClock, random: systemRandom, entropy: systemEntropy };
const never = new AbortController().signal;
const ports = { 'mqtt.port': '0', 'mqtt.wsPort': '0', 'mqtt.tlsPort': '0', 'http.port': '0' };

/** Settings of a node in a folder that goes with it. */
async function place(flags: Readonly<Record<string, string>>) {
  const dir = await mkdtemp(join(tmpdir(), 'selvedge-coap-'));
  const settings = { data: join(dir, 'data'), 'link.url': '', 'coap.udp': '127.0.0.1:0', ...flags };
  const config = readConfig(edgeConfig, { prefix: 'EDGE', env: {}, flags: settings });
  return { dir, config, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}

test('coap machine: one node listens at every address of its configuration, over UDP and TCP [EDG-110]', async () => {
  await using here = await place({ 'coap.udp': '127.0.0.1:0,127.0.0.1:0', 'coap.tcp': '127.0.0.1:0' });
  const machine = await coapMachine(here.config, { ...system, log: silentLog });
  await machine.start(never);
  assert.deepEqual(
    machine.listening.map(({ transport, host }) => `${transport} ${host}`),
    ['udp 127.0.0.1', 'udp 127.0.0.1', 'tcp 127.0.0.1'],
  );
  const client = coapClient({}, { ...system, transports: [udpDatagrams(), tcpStreams()] });
  await client.start(never);
  for (const { transport, host, port } of machine.listening) {
    const url = `${transport === 'tcp' ? 'coap+tcp' : 'coap'}://${host}:${port}/sensors/${transport}`;
    const { code } = await client.request(url, { method: 'POST', payload: '{"t":1}', contentFormat: 50 });
    assert.match(codeName(code), /^2\.0[14]$/);
    assert.equal(codeName((await client.request(url)).code), '2.05');
  }
  await client.stop();
  await machine.stop();
});

test('coap machine: beyond loopback without OSCORE it does not start, unless plain requests are allowed, which it says [EDG-112]', async () => {
  const warned: string[] = [];
  const log = logTo((_level, event) => void warned.push(event), 'warn');
  await using here = await place({ 'coap.udp': '0.0.0.0:0' });
  await assert.rejects(coapMachine(here.config, { ...system, log }), (cause) => isFault(cause, 'COAP_PLAIN_REFUSED'));
  await using open = await place({ 'coap.udp': '0.0.0.0:0', 'coap.plain': 'true' });
  await (await coapMachine(open.config, { ...system, log })).stop();
  assert.deepEqual(warned, ['door.plain_exposed']);
  await using some = await place({ 'coap.udp': '0.0.0.0:0,127.0.0.1:0', 'coap.plain': '0.0.0.0' });
  await (await coapMachine(some.config, { ...system, log })).stop();
  await using others = await place({ 'coap.udp': '0.0.0.0:0,[::]:0', 'coap.plain': '0.0.0.0' });
  await assert.rejects(
    coapMachine(others.config, { ...system, log }),
    (cause) => isFault(cause, 'COAP_PLAIN_REFUSED') && cause.facts['host'] === '::',
  );
  assert.deepEqual(warned.splice(1), ['door.plain_exposed', 'door.plain_exposed']);
  await mkdir(here.config.data, { recursive: true });
  const path = join(here.config.data, 'oscore.json');
  await writeFile(path, '{"contexts":[]}', { mode: 0o600 });
  await (await coapMachine(here.config, { ...system, log })).stop();
  await chmod(path, 0o644);
  await (await coapMachine(here.config, { ...system, log })).stop();
  assert.deepEqual(warned, ['door.plain_exposed', 'coap.secrets_exposed']);
});

test('coap machine: a whole node opens the door with the others, tells where, and counts; without addresses it has none [EDG-110]', async () => {
  await using here = await place({ ...ports, 'coap.tls': '127.0.0.1:0' });
  const warned: string[] = [];
  const log = logTo((_level, event) => void warned.push(event), 'warn');
  const machine = await edgeMachine(here.config, { ...system, log });
  await machine.start(never);
  const coap = machine.listening.filter(({ transport }) => transport.startsWith('coap/'));
  assert.deepEqual(
    coap.map(({ transport, host }) => [transport, host]),
    [['coap/udp', '127.0.0.1']],
  );
  assert.ok(warned.includes('door.tls_closed'), 'it was never enrolled');
  const client = coapClient({}, { ...system, transports: [udpDatagrams()] });
  await client.start(never);
  await client.request(`coap://127.0.0.1:${coap[0]!.port}/sensors`);
  await client.stop();
  const page = await (await fetch(`http://127.0.0.1:${machine.httpPort}/metrics`)).text();
  for (const name of ['coap_requests_total', 'edge_coap_command_observers', 'edge_last_readings'])
    assert.match(page, new RegExp(`^# TYPE ${name} `, 'm'));
  await machine.stop();
  await using without = await place({ ...ports, 'coap.udp': '' });
  const bare = await edgeMachine(without.config, { ...system, log: silentLog });
  await bare.start(never);
  assert.ok(bare.listening.every(({ transport }) => !transport.startsWith('coap/')));
  await bare.stop();
});

test('coap machine: a door that only this machine can reach sleeps until somebody comes, and misses nothing [EDG-119]', async () => {
  await using here = await place({ ...ports });
  const machine = await edgeMachine(here.config, { ...system, log: silentLog });
  await machine.start(never);
  const { host, port } = machine.listening.find(({ transport }) => transport === 'coap/udp')!;
  const metrics = async () => (await fetch(`http://127.0.0.1:${machine.httpPort}/metrics`)).text();
  assert.doesNotMatch(await metrics(), /coap_requests_total/);
  const client = coapClient({ limits: { nstart: 8 } }, { ...system, transports: [udpDatagrams()] });
  await client.start(never);
  const url = `coap://${host}:${port}/sensors/a`;
  const post = { method: 'POST', payload: '{"t":1}', contentFormat: 50 } as const;
  const answers = await Promise.all(Array.from({ length: 8 }, () => client.request(url, post)));
  assert.ok(answers.every(({ ok }) => ok));
  assert.equal(machine.node.report().readingsTotal, 8);
  assert.match(await metrics(), /coap_requests_total\{method="POST",code="2\.0[14]"\}/);
  await using other = await place({ ...ports, 'coap.udp': `${host}:${port}` });
  const second = await edgeMachine(other.config, { ...system, log: silentLog });
  await assert.rejects(
    second.start(never),
    (cause) => isFault(cause, 'EDGE_PORT_TAKEN') && cause.facts['port'] === port,
  );
  await second.stop();
  await client.stop();
  await machine.stop();
  const third = await edgeMachine(here.config, { ...system, log: silentLog });
  await third.start(never);
  await third.stop();
});
