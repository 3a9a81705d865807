import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visitRecords } from '@selvedge/journal';
import { readConfig, service } from '@selvedge/kernel';
import { decodeRecord } from '@selvedge/protocol';
import { world as simulate } from '@selvedge/testkit';
import { simulatedDisk } from '../../testkit/src/disk/simulated-disk.ts';
import { diskSnapshots } from './adapters/disk/snapshots.ts';
import { edgeConfig } from './config.ts';
import { type EdgeNode, edgeNode } from './node.ts';
import { type Intake, type OutletMessage, verdict } from './ports.ts';

const config = readConfig(edgeConfig, { prefix: 'EDGE', env: {}, flags: { data: '/edge', 'link.url': '' } });

/** One machine with a disk on which edge nodes live and die; `heard` is what its listeners got. */
function site(seed: number) {
  const world = simulate(seed);
  const machine = world.machine('edge');
  const disk = simulatedDisk({ random: world.chance('disk'), clock: world.clock });
  const heard: OutletMessage[] = [];
  let intake: Intake;
  let node: EdgeNode;
  let now = 0;
  const run = async (milliseconds: number): Promise<void> => world.run((now += milliseconds));
  return {
    world,
    disk,
    heard,
    run,
    get node() {
      return node;
    },
    topics: () => heard.map((message) => message.topic),
    /** Powers the machine on and starts a node. */
    async boot() {
      const life = machine.boot();
      const mounted = disk.mount();
      node = edgeNode(config, life, {
        disk: mounted,
        snapshots: diskSnapshots(mounted, '/edge/snapshots'),
        pack: (body) => ({ codec: 0, body }),
        transport: undefined,
        memoryBytes: () => 0,
        door(doors) {
          intake = doors;
          const nothing = service({ start: () => undefined, stop: () => undefined });
          const publish = (message: OutletMessage) => {
            heard.push(message);
            return { matched: 1, acknowledged: new Promise<undefined>(() => undefined) };
          };
          return { ...nothing, publish, onSubscribed: () => undefined, clients: 0 };
        },
      });
      let failure: unknown;
      node.start(new AbortController().signal).catch((cause: unknown) => (failure = cause));
      await run(1_000);
      if (failure !== undefined) throw failure;
    },
    powerCut() {
      machine.cut();
      disk.powerCut();
    },
    /** Publishes and says how it ended: `acknowledged`, `refused`, or `open` when nothing was said in time. */
    async publish(topic: string, payload: unknown, wait = 100): Promise<string> {
      const bytes = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
      let end = 'open';
      try {
        if (intake.take(topic, bytes, 0, bytes.length) === verdict.refused) return 'refused';
      } catch {
        return 'refused';
      }
      intake.commit().then(
        () => (end = 'acknowledged'),
        () => (end = 'refused'),
      );
      await run(wait);
      return end;
    },
  };
}

test('node: a hot reading is acknowledged when durable; alert and command leave after it [EDG-9] [EDG-10]', async () => {
  const one = site(1);
  await one.boot();
  assert.equal(await one.publish('sensors/pump-7/data', { temperature: 91.5 }), 'acknowledged');
  await one.run(100);
  assert.deepEqual(one.topics(), ['alerts/pump-7', 'commands/pump-7']);
  assert.equal(one.node.report().readingsTotal, 1);
});

test('node: while the disk is full nothing is acknowledged, and when there is room again it goes on by itself [EDG-9]', async () => {
  const one = site(2);
  await one.boot();
  one.disk.resize(one.disk.usedBytes);
  assert.equal(await one.publish('sensors/a/data', { t: 1, $boot: 1, $seq: 0 }, 1_000), 'refused');
  assert.equal(await one.publish('sensors/a/data', { t: 1, $boot: 1, $seq: 0 }, 1_000), 'refused');
  one.disk.resize(1e9);
  await one.run(5_000);
  assert.equal(await one.publish('sensors/a/data', { t: 1, $boot: 1, $seq: 0 }, 1_000), 'acknowledged');
  const audit = one.node.audit();
  await one.run(2_000);
  assert.equal((await audit).journaledReadings, 1);
});

test('node: an answer is acknowledged only when what it changed is durable, also after the disk had refused [EDG-92]', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const one = site(seed);
    await one.boot();
    await one.publish('sensors/a/data', { temperature: 91.5 });
    await one.run(100);
    const answer = { id: JSON.parse(String(one.heard[1]!.payload)).id as string, status: 'done' };
    one.disk.resize(one.disk.usedBytes);
    for (let tries = 0; tries < 5; tries++)
      assert.equal(await one.publish('commands/a/result', answer, 1_000), 'refused');
    one.disk.resize(1e9);
    let tries = 0;
    while ((await one.publish('commands/a/result', answer, 10)) !== 'acknowledged') {
      assert.ok(++tries < 1_000);
      await one.run(10);
    }
    one.powerCut();
    await one.boot();
    assert.deepEqual(await statesOf(one.node, one.run), ['sent', 'done'], `seed ${seed}, ${tries} tries`);
  }
});

/** The states that the journal says commands went through. */
async function statesOf({ journal }: EdgeNode, run: (milliseconds: number) => Promise<void>): Promise<string[]> {
  const states: string[] = [];
  const reading = (async () => {
    for await (const batch of journal.read(0)) {
      visitRecords(batch, (body, start, end) => {
        const record = decodeRecord(body, start, end);
        if (record.ok && record.value.kind === 'commandState') states.push(record.value.body.state);
      });
    }
  })();
  await run(1_000);
  await reading;
  return states.filter((state) => state !== 'delivered');
}

test('node: after a power cut acknowledged names are duplicates, and no alert or command is derived twice [EDG-5] [EDG-11] [EDG-24]', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const one = site(seed);
    await one.boot();
    for (let seq = 0; seq < 5; seq++)
      assert.equal(await one.publish('sensors/a/data', { temperature: 20, $boot: 1, $seq: seq }), 'acknowledged');
    // The cut comes before, within or after the commit, and before or after the alert is durable.
    await one.publish('sensors/a/data', { temperature: 91.5, $boot: 1, $seq: 5 }, seed % 20);
    one.powerCut();
    await one.boot();
    await one.publish('sensors/a/data', { temperature: 91.5, $boot: 1, $seq: 5 });
    const audit = one.node.audit();
    await one.run(2_000);
    const { journaledReadings, broken } = await audit;
    assert.deepEqual([journaledReadings, broken], [6, []], `seed ${seed}`);
    const alerts = new Set(
      one.heard
        .filter((message) => message.topic === 'alerts/a')
        .map((message) => (JSON.parse(Buffer.from(message.payload).toString()) as { id: string }).id),
    );
    assert.equal(alerts.size, 1, `seed ${seed}`);
  }
});
