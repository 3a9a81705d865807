import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig, silentLog } from '@selvedge/kernel';
import { systemClock, systemEntropy, systemRandom } from '@selvedge/kernel/system';
import { makeCertificates } from '../../../../packages/coap/test/support/certificates.ts';
import { ensureDebian, findCommand, Missing, needs, type Watched, watch } from '../../../../tools/world.ts';
import { edgeConfig } from '../../config.ts';
import { edgeMachine } from '../../machine.ts';

const libcoap = (t: TestContext): Promise<boolean | undefined> =>
  needs(t, async () => {
    await ensureDebian(['libcoap3-bin', 'openssl']);
    return true;
  });

const client = (...args: readonly string[]): Watched => watch(spawn(findCommand('coap-client-openssl')!, [...args]));

/** What libcoap's client prints, an error as `4.04` and its text. */
async function say(...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await client('-B', '5', ...args).ended;
  return (stdout + stderr).trim();
}

const post = (url: string, body: unknown, ...more: readonly string[]): Promise<string> =>
  say('-m', 'post', '-t', 'json', '-e', JSON.stringify(body), ...more, url);

const valuesOf = (text: string): unknown => (JSON.parse(text) as { values: unknown }).values;

/** A whole node with every way of the CoAP door open on loopback, and the certificates that it and a device have. */
async function started(flags: Readonly<Record<string, string>> = {}) {
  const certificates = makeCertificates();
  const dir = await mkdtemp(join(tmpdir(), 'selvedge-libcoap-'));
  const data = join(dir, 'data');
  await mkdir(join(data, 'identity'), { recursive: true });
  const { key, cert } = certificates.server;
  const files = { 'key.pem': key, 'certificate.pem': cert, 'door.pem': cert, 'authority.pem': certificates.ca };
  for (const [name, text] of Object.entries(files)) await writeFile(join(data, 'identity', name), text);
  const config = readConfig(edgeConfig, {
    prefix: 'EDGE',
    env: {},
    flags: {
      ...{ data, 'link.url': '', 'mqtt.port': '0', 'mqtt.wsPort': '0', 'mqtt.tlsPort': '0', 'http.port': '0' },
      ...{ 'coap.udp': '127.0.0.1:0', 'coap.tcp': '127.0.0.1:0', 'coap.tls': '127.0.0.1:0' },
      'mqtt.clientAuthorities': join(certificates.dir, 'ca.pem'),
      ...flags,
    },
  });
  const world = { clock: systemClock, random: systemRandom, entropy: systemEntropy, log: silentLog };
  const machine = await edgeMachine(config, world);
  await machine.start(new AbortController().signal);
  const port = (transport: string): number =>
    machine.listening.find((one) => one.transport === `coap/${transport}`)!.port;
  const schemes = { udp: 'coap', tcp: 'coap+tcp', tls: 'coaps+tcp' };
  return {
    machine,
    dir: certificates.dir,
    port,
    url: (transport: keyof typeof schemes, path: string) =>
      `${schemes[transport]}://127.0.0.1:${port(transport)}/${path}`,
    async [Symbol.asyncDispose]() {
      await machine.stop();
      certificates.remove();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

const own = (dir: string): readonly string[] =>
  ['-c', 'client.pem', '-j', 'client.key', '-C', 'ca.pem'].map((one) => (one.startsWith('-') ? one : join(dir, one)));

test('libcoap: readings are posted, got whole in blocks, and listed, over UDP and TCP [EDG-100] [EDG-103]', async (t) => {
  if (!(await libcoap(t))) return;
  await using node = await started();
  for (const transport of ['udp', 'tcp'] as const) {
    assert.equal(await post(node.url(transport, `sensors/${transport}`), { temperature: 20.5 }), '');
    assert.deepEqual(valuesOf(await say(node.url(transport, `sensors/${transport}`))), { temperature: 20.5 });
    assert.match(await post(node.url(transport, 'sensors/a'), 'x'), /^4\.22 payload-not-object/);
  }
  const long = Array.from({ length: 60 }, (_, index) => ({
    device: `pump-${index}`,
    temperature: 20,
    note: 'x'.repeat(40),
  }));
  assert.equal(await post(node.url('udp', 'sensors'), long, '-b', '256'), '');
  const all = JSON.parse(await say('-b', '64', node.url('udp', 'sensors'))) as { devices: unknown[] };
  assert.equal(all.devices.length, 62);
  const core = await say(node.url('udp', '.well-known/core?rt=selvedge.reading'));
  assert.match(core, /<\/sensors\/pump-59>;rt="selvedge\.reading".*;obs/);
});

test('libcoap: an observer sees readings as they become durable, and a command that a rule orders [EDG-106] [EDG-107]', async (t) => {
  if (!(await libcoap(t))) return;
  await using node = await started();
  await post(node.url('udp', 'sensors/pump-7'), { temperature: 20 });
  const readings = client('-s', '10', node.url('udp', 'sensors/pump-7'));
  const commands = client('-s', '10', node.url('udp', 'commands/pump-7'));
  await readings.saw('"temperature":20}');
  await sleep(300);
  await post(node.url('udp', 'sensors/pump-7'), { temperature: 91.5 });
  await readings.saw('"temperature":91.5}');
  await commands.saw('"command":"shutdown"');
  const [{ stdout }] = await Promise.all([commands.stop(), readings.stop()]);
  const { id } = JSON.parse(/\{.*\}/.exec(stdout)![0]) as { id: string };
  assert.equal(await post(node.url('udp', `commands/pump-7/${id}`), { status: 'done' }), '');
  assert.equal(await post(node.url('udp', 'commands/pump-7/nothing'), {}), '4.04 pump-7 has no command nothing');
});

test('libcoap: over TLS a certificate of a configured authority is its device, and without one nobody comes in [EDG-111]', async (t) => {
  if (!(await libcoap(t))) return;
  await using node = await started();
  const mine = own(node.dir);
  assert.equal(await post(node.url('tls', 'sensors/pump-7'), { temperature: 20.5 }, ...mine), '');
  assert.match(
    await post(node.url('tls', 'sensors/pump-8'), { temperature: 1 }, ...mine),
    /^4\.03 device pump-7 may not/,
  );
  assert.equal(await say('-m', 'get', ...mine, node.url('tls', 'commands/pump-7')), 'null');
  await post(node.url('tls', 'sensors/pump-9'), { temperature: 1 }, '-C', join(node.dir, 'ca.pem'));
  const { devices } = JSON.parse(await say(node.url('udp', 'sensors'))) as { devices: { device: string }[] };
  assert.deepEqual(
    devices.map(({ device }) => device),
    ['pump-7'],
  );
});

test('libcoap: socat ends DTLS with client certificates in front of the door, as the guide says [EDG-117]', async (t) => {
  if (!(await libcoap(t))) return;
  const socat = await needs(t, async () => {
    const found = findCommand('socat');
    if (found === undefined) throw new Missing('socat is not installed.', 'apt-get install socat');
    return found;
  });
  if (!socat) return;
  await using node = await started();
  const port = await freeUdpPort();
  const files = `cert=${node.dir}/server.pem,key=${node.dir}/server.key,cafile=${node.dir}/ca.pem,verify=1`;
  const door = `OPENSSL-DTLS-SERVER:${port},bind=127.0.0.1,${files},fork,max-children=100`;
  await using terminator = await running(socat, '-d', '-d', '-T', '600', door, `UDP:127.0.0.1:${node.port('udp')}`);
  await terminator.saw('listening on UDP');
  const url = `coaps://localhost:${port}/sensors/pump-7`;
  assert.equal(await post(url, { temperature: 20.5 }, ...own(node.dir)), '');
  assert.deepEqual(valuesOf(await say(...own(node.dir), url)), { temperature: 20.5 });
  await say('-m', 'get', url);
  await terminator.saw('peer did not return a certificate');
});

test('libcoap: its server ends DTLS with a key shared beforehand, for clients that name a proxy, as the guide says [EDG-117]', async (t) => {
  if (!(await libcoap(t))) return;
  await using node = await started();
  const port = await freeUdpPort();
  const server = findCommand('coap-server-openssl')!;
  const args = ['-A', '127.0.0.1', '-p', String(port - 1), '-k', 'sesame', '-P', ',terminator', '-v', '7'];
  await using terminator = await running(server, ...args);
  await terminator.saw('created DTLS endpoint');
  const through = (key: string) => ['-u', 'pump-7', '-k', key, '-P', `coaps://127.0.0.1:${port}`];
  const url = node.url('udp', 'sensors/pump-7');
  assert.equal(await post(url, { temperature: 20.5 }, ...through('sesame')), '');
  assert.deepEqual(valuesOf(await say(...through('sesame'), url)), { temperature: 20.5 });
  await post(url, { temperature: 99 }, ...through('guessed'));
  assert.deepEqual(valuesOf(await say(url)), { temperature: 20.5 });
});

/** A server of somebody else that ends with the test, and what it forked with it. */
async function running(command: string, ...args: readonly string[]) {
  const child: ChildProcess = spawn(command, [...args], { detached: true });
  const watched = watch(child);
  return {
    saw: watched.saw,
    async [Symbol.asyncDispose]() {
      process.kill(-child.pid!, 'SIGTERM');
      await watched.stop();
    },
  };
}

/** A UDP port of which the one below is free, too. */
async function freeUdpPort(): Promise<number> {
  for (;;) {
    const sockets = [createSocket('udp4'), createSocket('udp4')] as const;
    sockets[0].bind(0, '127.0.0.1');
    await once(sockets[0], 'listening');
    const { port } = sockets[0].address();
    sockets[1].bind(port - 1, '127.0.0.1');
    const isFree = await Promise.race([
      once(sockets[1], 'listening').then(() => true),
      once(sockets[1], 'error').then(() => false),
    ]);
    for (const one of sockets) one.close();
    if (isFree) return port;
  }
}
