import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { visitRecords } from '@selvedge/journal';
import { readConfig, silentLog } from '@selvedge/kernel';
import { systemClock, systemEntropy, systemRandom } from '@selvedge/kernel/system';
import { type CommandChange, classOf, decodeRecord, isFinal } from '@selvedge/protocol';
import { pythonWithAiocoap, writeTheirContext } from '../../../../packages/coap/test/support/aiocoap.ts';
import { makeCertificates } from '../../../../packages/coap/test/support/certificates.ts';
import { freePort, needs, type Watched, watch } from '../../../../tools/world.ts';
import { edgeConfig } from '../../config.ts';
import { type EdgeMachine, edgeMachine } from '../../machine.ts';

const fixture = join(import.meta.dirname, 'actuator.fixture.py');
const never = new AbortController().signal;
const masterSecret = '0102030405060708090a0b0c0d0e0f10';
let scratch: string;
let python: Promise<string> | undefined;
before(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'selvedge-actuator-'));
});
after(() => rm(scratch, { recursive: true }));

const ready = (t: TestContext): Promise<string | undefined> => needs(t, () => (python ??= pythonWithAiocoap(scratch)));

async function actuator(command: string, how: 'oscore' | 'tls', folder: string, port: number): Promise<Watched> {
  const server = watch(spawn(command, [fixture, how, folder, `${port}`]));
  await server.saw('listening');
  return server;
}

async function end(server: Watched): Promise<void> {
  server.process.kill('SIGKILL');
  await server.ended;
}

/** A node with the 75 °C rule for this actuator, in this folder. */
async function node(data: string, url: string, flags: Readonly<Record<string, string>> = {}): Promise<EdgeMachine> {
  const ports = { 'mqtt.port': '0', 'mqtt.wsPort': '0', 'mqtt.tlsPort': '0', 'http.port': '0', 'coap.udp': '' };
  const command = { coap: `${url}/device/{device}/cool`, payload: { action: 'start_cooling', duration: 300 } };
  const rules = JSON.stringify([{ name: 'cool', metric: 'temperature', above: 75, cooldown: 0, command }]);
  const config = readConfig(edgeConfig, {
    prefix: 'EDGE',
    env: {},
    flags: { ...ports, data, 'link.url': '', rules, ...flags },
  });
  const machine = await edgeMachine(config, {
    clock: systemClock,
    random: systemRandom,
    entropy: systemEntropy,
    log: silentLog,
  });
  await machine.start(never);
  return machine;
}

/** Reports 80 °C; gives how the command that follows ended. */
async function heat(machine: EdgeMachine, device: string): Promise<CommandChange> {
  const answer = await fetch(`http://127.0.0.1:${machine.httpPort}/v1/devices/${device}/readings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"temperature":80}',
  });
  assert.equal(answer.status, 202);
  for (const latest = systemClock.ticks() + 20_000; systemClock.ticks() < latest; ) {
    const over = (await changes(machine)).find((change) => change.device === device && isFinal(change.state));
    if (over) return over;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`the command for ${device} did not end`);
}

async function changes({ node: { journal } }: EdgeMachine): Promise<readonly CommandChange[]> {
  const found: CommandChange[] = [];
  for await (const batch of journal.read(0, { classes: [classOf('command')] }))
    visitRecords(batch, (body, start, end) => {
      const record = decodeRecord(body, start, end);
      if (record.ok && record.value.kind === 'commandState') found.push(record.value.body);
    });
  return found;
}

test('actuator: aiocoap is called by OSCORE, and again after restarts of node and actuator [EDG-126]', {
  timeout: 120_000,
}, async (t) => {
  const command = await ready(t);
  if (!command) return;
  const [data, theirs, port] = [join(scratch, 'data'), join(scratch, 'theirs'), await freePort()];
  const url = `coap://127.0.0.1:${port}`;
  await writeTheirContext(theirs, {
    masterSecret: Buffer.from(masterSecret, 'hex'),
    senderId: Buffer.of(1),
    recipientId: Buffer.of(2),
  });
  await mkdir(data);
  const contexts = [{ actuator: url, masterSecret, senderId: '01', recipientId: '02' }];
  await writeFile(join(data, 'oscore.json'), JSON.stringify({ contexts }), { mode: 0o600 });
  for (let life = 0; life < 3; life++) {
    const server = await actuator(command, 'oscore', theirs, port);
    const machine = await node(data, url);
    try {
      const { state, result } = await heat(machine, `pump-${life}`);
      assert.deepEqual(
        [state, result],
        ['done', { coap: `${url}/device/{device}/cool`, code: '2.04', payload: { cooling: true } }],
      );
      await server.saw(`cooling pump-${life} start_cooling 300`);
    } finally {
      await machine.stop();
      await end(server);
      // Its lock is a file that a killed process leaves behind.
      await rm(join(theirs, 'lock'), { force: true });
    }
  }
});

test('actuator: aiocoap is called over TLS with a client certificate, and without the right one it is not reached [EDG-129]', {
  timeout: 120_000,
}, async (t) => {
  const command = await ready(t);
  if (!command) return;
  const certificates = makeCertificates();
  const other = makeCertificates();
  const port = await freePort();
  const url = `coaps+tcp://localhost:${port}`;
  const server = await actuator(command, 'tls', certificates.dir, port);
  const flags = (of: typeof certificates) => ({
    'actuators.authority': join(certificates.dir, 'ca.pem'),
    'actuators.certificate': join(of.dir, 'client.pem'),
    'actuators.key': join(of.dir, 'client.key'),
  });
  try {
    const machine = await node(join(scratch, 'tls'), url, flags(certificates));
    assert.equal((await heat(machine, 'pump-7')).state, 'done');
    await machine.stop();
    const stranger = await node(join(scratch, 'stranger'), url, flags(other));
    assert.equal((await heat(stranger, 'pump-8')).state, 'failed');
    await stranger.stop();
  } finally {
    await end(server);
    certificates.remove();
    other.remove();
  }
});
