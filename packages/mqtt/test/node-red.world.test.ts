import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connectAsync, type IPublishPacket, type MqttClient } from 'mqtt';
import { findCommand, Missing, needs, type Watched, watch } from '../../../tools/world.ts';
import { listenOn, portOf } from './support/sockets.ts';

/** Of its own, far from ours: nothing that it brings may run at installation, and it is removed with the folder. */
const version = '5.0.7';
let installed: Promise<string> | undefined;

/** The folder in which Node-RED is installed. Throws Missing where the registry cannot be reached. */
async function installNodeRed(): Promise<string> {
  const npm = findCommand('npm');
  if (npm === undefined) throw new Missing('npm is not in the path.', 'install npm');
  const dir = mkdtempSync(join(tmpdir(), 'selvedge-node-red-'));
  writeFileSync(join(dir, 'package.json'), '{"private":true}');
  // Called from an npm script, it would take our workspace for its own but for the prefix.
  const quiet = ['--prefix', dir, '--ignore-scripts', '--no-audit', '--no-fund', '--omit=optional', '--loglevel=error'];
  const { code, stderr } = await watch(spawn(npm, ['install', ...quiet, `node-red@${version}`], { cwd: dir })).ended;
  if (code === 0) return dir;
  rmSync(dir, { recursive: true, force: true });
  throw new Missing(
    `npm could not install node-red: ${stderr.trim().slice(-300)}.`,
    'give npm a registry it can reach',
  );
}

after(async () => {
  const dir = await installed?.catch(() => undefined);
  if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
});

/** What comes in at `in/…` goes out at `out/…` with its QoS; birth, close and will messages are kept. */
const flow = (port: number, protocolVersion: string) => [
  { id: 'tab', type: 'tab', label: 'mqtt' },
  {
    id: 'broker',
    type: 'mqtt-broker',
    broker: '127.0.0.1',
    port: `${port}`,
    clientid: 'node-red',
    protocolVersion,
    keepalive: '60',
    cleansession: false,
    sessionExpiry: '60',
    usetls: false,
    ...{ birthTopic: 'node-red/state', birthQos: '1', birthRetain: 'true', birthPayload: 'born' },
    ...{ willTopic: 'node-red/state', willQos: '1', willRetain: 'true', willPayload: 'lost' },
    ...{ birthMsg: {}, closeMsg: {}, willMsg: {} },
  },
  {
    id: 'in',
    type: 'mqtt in',
    z: 'tab',
    topic: 'in/+',
    qos: '2',
    datatype: 'utf8',
    broker: 'broker',
    wires: [['turn']],
  },
  {
    id: 'turn',
    type: 'function',
    z: 'tab',
    func: "msg.topic = msg.topic.replace('in/', 'out/'); msg.payload += '!'; return msg;",
    outputs: 1,
    wires: [['out']],
  },
  { id: 'out', type: 'mqtt out', z: 'tab', topic: '', qos: '', retain: 'false', broker: 'broker', wires: [] },
];

/** Starts Node-RED without its editor and without a web server. */
function startFlow(dir: string, port: number, protocolVersion: string): Watched {
  const home = mkdtempSync(join(dir, 'home-'));
  writeFileSync(join(home, 'flow.json'), JSON.stringify(flow(port, protocolVersion)));
  writeFileSync(
    join(home, 'settings.js'),
    "module.exports = { flowFile: 'flow.json', httpAdminRoot: false, httpNodeRoot: false, telemetry: { enabled: false } };",
  );
  const start = join(dir, 'node_modules/node-red/red.js');
  return watch(spawn(process.execPath, [start, '--userDir', home, 'flow.json'], { cwd: home }));
}

/** The next messages, as `topic payload qos`, with `retained` behind those that were. */
async function next(client: MqttClient, count: number): Promise<readonly string[]> {
  const got: string[] = [];
  const listener = (topic: string, payload: Buffer, { qos, retain }: IPublishPacket): void => {
    got.push(`${topic} ${payload} ${qos}${retain ? ' retained' : ''}`);
  };
  client.on('message', listener);
  while (got.length < count) await once(client as unknown as NodeJS.EventEmitter, 'message');
  client.off('message', listener);
  return got;
}

for (const [name, protocolVersion] of [
  ['3.1.1', '4'],
  ['5', '5'],
] as const) {
  test(`node-red: its MQTT nodes, MQTT ${name}: in and out with every QoS, birth and will, a kept session`, async (t) => {
    const dir = await needs(t, () => (installed ??= installNodeRed()));
    if (dir === undefined) return;
    await using broker = await listenOn(['tcp']);
    const outside = await connectAsync(`mqtt://127.0.0.1:${portOf(broker)}`, { protocolVersion: 5 });
    await outside.subscribeAsync({ 'out/#': { qos: 2 }, 'node-red/state': { qos: 1, rap: true } });

    const subscribed = subscription(broker, 'in/+');
    const born = next(outside, 1);
    const first = startFlow(dir, portOf(broker), protocolVersion);
    await subscribed;
    assert.deepEqual(await born, ['node-red/state born 1 retained']);
    for (const qos of [0, 1, 2] as const) {
      const answer = next(outside, 1);
      await outside.publishAsync(`in/${qos}`, `at ${qos}`, { qos });
      assert.deepEqual(await answer, [`out/${qos} at ${qos}! ${qos}`]);
    }

    const lost = next(outside, 1);
    first.process.kill('SIGKILL');
    assert.deepEqual(await lost, ['node-red/state lost 1 retained']);
    await first.ended;

    // QoS 1 alone, because order holds within one QoS.
    for (const n of [1, 2, 3]) await outside.publishAsync('in/kept', `${n}`, { qos: 1 });
    const back = next(outside, 4);
    const second = startFlow(dir, portOf(broker), protocolVersion);
    const got = await back;
    assert.ok(got.includes('node-red/state born 1 retained'));
    assert.deepEqual(
      got.filter((one) => one.startsWith('out/')),
      [1, 2, 3].map((n) => `out/kept ${n}! 1`),
    );
    await second.stop();
    await outside.endAsync();
    await broker.stop();
  });
}

function subscription(broker: Awaited<ReturnType<typeof listenOn>>, filter: string): Promise<void> {
  return new Promise((resolve) => {
    const end = broker.onSubscribed((_clientId, heard) => {
      if (heard !== filter) return;
      end();
      resolve();
    });
  });
}
