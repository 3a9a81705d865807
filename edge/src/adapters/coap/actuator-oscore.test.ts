import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  coapServer,
  decodeDatagram,
  oscore,
  oscoreContext,
  type ReplayStore,
  readOptions,
  registry,
} from '@selvedge/coap';
import { visitRecords } from '@selvedge/journal';
import { type CommandChange, classOf, decodeRecord } from '@selvedge/protocol';
import { diskSnapshots } from '../disk/snapshots.ts';
import { actuatorClient } from './actuator-client.ts';
import { readContexts } from './contexts.ts';
import { site } from './door.fixture.ts';
import { actuatorOscore } from './file-oscore.ts';
import { snapshotReplayStore } from './replay-store.ts';

const at = { host: '10.0.0.7', port: 5_683 };
const masterSecret = '000102030405060708090a0b0c0d0e0f';
const entry = { actuator: 'coap://10.0.0.7', masterSecret, senderId: '01', recipientId: '02' };
const fileOf = (...contexts: readonly object[]): string => JSON.stringify({ contexts });
const rules = JSON.stringify([
  {
    name: 'cool',
    metric: 'temperature',
    above: 75,
    command: { coap: 'coap://10.0.0.7/device/{device}/cool', payload: { action: 'start_cooling', duration: 300 } },
  },
]);

const nowhere = (): ReplayStore => {
  const all = new Map<string, Awaited<ReturnType<ReplayStore['load']>>>();
  return {
    load: async (name) => all.get(name),
    save: async (name, state) => void all.set(name, state),
    forget: async (name) => void all.delete(name),
  };
};

const firstPort = 60_000;
let ports = firstPort;

/** A node with the rule, and an actuator that takes nothing but what its context protects. */
async function plant(text: string) {
  const edits: { push: (text: string) => Promise<void> } = { push: async () => undefined };
  const one = await site({
    flags: { rules },
    actuators: (life, network, disk) => {
      const store = snapshotReplayStore(diskSnapshots(disk.mount(), '/edge/oscore'));
      const secrets = {
        text,
        async follow(changed: (text: string) => Promise<void>) {
          edits.push = changed;
        },
      };
      const security = actuatorOscore({ ...life, store, secrets });
      return actuatorClient([[network.datagrams({ host: '127.0.0.1', port: ports++ })]], { ...life, security });
    },
  });
  const context = oscoreContext({
    masterSecret: Buffer.from(masterSecret, 'hex'),
    senderId: Buffer.of(2),
    recipientId: Buffer.of(1),
    identity: 'node',
  });
  const asked: string[] = [];
  /** What the node sent to actuators. */
  const sent: Buffer[] = [];
  one.lost.one = (bytes, from) => {
    if (from.port >= firstPort) sent.push(Buffer.from(bytes));
    return false;
  };
  const store = nowhere();
  const powerOn = async () => {
    const guard = oscore({}, { ...one.world, store });
    await guard.add(context);
    const actuator = coapServer(
      {
        resources: [
          {
            path: 'device/*/cool',
            post({ path, payload, peer }) {
              asked.push(`${peer.identity} ${path[1]} ${payload}`);
              return { payload: 'cooling' };
            },
          },
        ],
      },
      { ...one.world, transports: [one.network.datagrams(at)], security: guard },
    );
    await actuator.start(new AbortController().signal);
    return { off: () => actuator.stop().then(() => guard.stop()) };
  };
  const last = async (): Promise<CommandChange | undefined> => {
    let found: CommandChange | undefined;
    const search = async (): Promise<void> => {
      for await (const batch of one.node.journal.read(0, { classes: [classOf('command')] }))
        visitRecords(batch, (body, start, end) => {
          const record = decodeRecord(body, start, end);
          if (record.ok && record.value.kind === 'commandState') found = record.value.body;
        });
    };
    await one.until(search());
    return found;
  };
  const heat = async (device: string): Promise<void> => {
    await (await one.client()).post(`sensors/${device}`, { temperature: 75.1 });
    await one.run(2_000);
  };
  return { one, edits, asked, sent, heat, last, powerOn };
}

test('actuator: one with an OSCORE context is called by it, and nobody on the way sees what is asked [EDG-126]', async () => {
  const { heat, asked, sent, last, powerOn } = await plant(fileOf(entry));
  await powerOn();
  await heat('pump-7');
  assert.deepEqual(asked, ['node pump-7 {"action":"start_cooling","duration":300}']);
  const { state, result } = (await last())!;
  assert.deepEqual([state, (result as { code: string }).code], ['done', '2.04']);
  assert.ok(sent.length > 0);
  assert.ok(!Buffer.concat(sent).includes('cool'));
});

test('actuator: after a power cut of the node and a restart of the actuator no number is used twice, and the call succeeds [EDG-126]', async () => {
  const { one, heat, asked, sent, powerOn } = await plant(fileOf(entry));
  let actuator = await powerOn();
  for (let life = 0; life < 4; life++) {
    await heat(`pump-${life}`);
    one.powerCut();
    await one.boot();
    await actuator.off();
    actuator = await powerOn();
  }
  assert.equal(asked.length, 4);
  const numbers = sent.map((bytes) => {
    const read = decodeDatagram(bytes);
    assert.ok(read.ok);
    return readOptions.first(read.value.message, registry.oscore.number)!.toString('hex');
  });
  assert.ok(numbers.length > asked.length, 'whoever was off asks for an echo');
  assert.equal(new Set(numbers).size, numbers.length);
});

test('actuator: what cannot be protected does not go: with another key, or while the file cannot be read [EDG-127]', async () => {
  const wrong = await plant(fileOf({ ...entry, masterSecret: masterSecret.replace(/^00/, 'ff') }));
  await wrong.powerOn();
  await wrong.heat('pump-7');
  assert.deepEqual(wrong.asked, []);
  const broken = await plant('{');
  await broken.powerOn();
  await broken.heat('pump-7');
  assert.deepEqual([broken.asked, broken.sent], [[], []]);
  assert.equal((await broken.last())?.state, 'failed');
  assert.match(JSON.stringify(await broken.last()), /COAP_SECRETS_INVALID/);
});

test('actuator: a file that was corrected or extended is in force without a restart [EDG-128]', async () => {
  const { edits, heat, asked, powerOn, one } = await plant('{');
  await powerOn();
  await one.until(edits.push(fileOf(entry)));
  await heat('pump-7');
  await one.until(edits.push('{'));
  await heat('pump-8');
  assert.equal(asked.length, 2, 'one that cannot be read leaves things as they are');
});

test('actuator: a context is for a device or for one actuator, and no two have the same sender key [EDG-126]', () => {
  const why = (...contexts: readonly object[]): string => {
    const read = readContexts(fileOf(...contexts));
    return read.ok ? 'ok' : read.why;
  };
  const other = { ...entry, actuator: 'coap+tcp://chiller.local', senderId: '05' };
  assert.equal(why(entry, other), 'ok');
  assert.match(why(entry, { ...other, senderId: '01' }), /context 1: an earlier one has the same sender key/);
  assert.match(why(entry, { ...other, actuator: 'coap+tcp://10.0.0.7' }), /same actuator/);
  assert.match(why({ ...entry, device: 'pump-7' }), /for a device or for an actuator/);
  for (const actuator of ['10.0.0.7', 'coap://10.0.0.7/cool', 'http://x', 7, ''])
    assert.match(why({ ...entry, actuator }), /actuator is no coap/);
});
