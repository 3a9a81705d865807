import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guest, until } from './bridge.fixture.ts';
import {
  awayOptions,
  awaySession,
  type EdgeOptions,
  edgeIn,
  freePort,
  type Home,
  home,
  mosquittoIn,
  noMosquitto,
  readingsIn,
  stubborn,
} from './mosquitto.fixture.ts';

const options = { skip: noMosquitto, timeout: 120_000 };
const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const reading = (seq: number): string => JSON.stringify({ temperature: 20, $boot: 1, $seq: seq });
const rules = [
  { direction: 'in', filter: 'sensors/#', qos: 1 },
  { direction: 'out', filter: 'alerts/#', qos: 1 },
  { direction: 'out', filter: 'plain/#', qos: 2 },
];

async function setUp(home: Home, protocol: '5' | '3.1.1' = '5') {
  const port = await freePort();
  const bridge = {
    name: 'plant',
    url: `mqtt://127.0.0.1:${port}`,
    protocol,
    retryMin: '20ms',
    retryMax: '200ms',
    rules,
  };
  const edge: EdgeOptions = { home, port: await freePort(), bridges: [bridge] };
  return { port, edge };
}

/** From its first connection on readings wait for the node. */
const fetching = '"event":"bridge.connected","bridge":"plant","direction":"in"';

for (const protocol of ['5', '3.1.1'] as const) {
  test(
    `bridge: with Mosquitto as the only door over MQTT ${protocol}, kill -9 of the node loses no reading that Mosquitto has [BRG-6] [BRG-18]`,
    options,
    async () => {
      using here = home();
      const { port, edge } = await setUp(here, protocol);
      const other = await mosquittoIn(here, port, 'max_queued_messages 0');
      let node = await edgeIn(edge, fetching);
      await using device = await guest(port);
      const count = 3_000;
      let sent = 0;
      const sending = (async () => {
        for (; sent < count; sent++) {
          await device.publish('sensors/pump/data', reading(sent));
          if (sent % 10 === 0) await sleep(1);
        }
      })();
      // Wherever the kill falls: between arrival and commit, or between commit and acknowledgement.
      for (let kills = 0; kills < 6; kills++) {
        await sleep(150 + 37 * kills);
        await node.kill();
        node = await edgeIn(edge);
      }
      await sending;
      await sleep(2_000);
      await node.stop();
      assert.equal(await readingsIn(edge), count);
      await other.stop();
    },
  );
}

test(
  'bridge: what this node acknowledged reaches Mosquitto through kill -9 of the node and stops of Mosquitto [BRG-5]',
  options,
  async () => {
    using here = home();
    const { port, edge } = await setUp(here);
    let other = await mosquittoIn(here, port, 'max_queued_messages 0');
    await awaySession(port, 'outside', 'plain/#');
    let node = await edgeIn(edge);
    const publisher = stubborn(edge.port);
    const sent: string[] = [];
    let over: boolean = false;
    const sending = (async () => {
      for (let index = 0; !over; index++) {
        await publisher.publish('plain/a', `${index}`, 1);
        sent.push(`${index}`);
      }
    })();
    for (let kills = 0; kills < 5; kills++) {
      await sleep(300);
      if (kills % 2 === 1) await other.stop();
      await sleep(100);
      await node.kill();
      node = await edgeIn(edge);
      if (kills % 2 === 1) other = await mosquittoIn(here, port, 'max_queued_messages 0');
    }
    over = true;
    await sending;
    await publisher.end();
    await using outside = await guest(port, [], awayOptions('outside'));
    const missing = (): readonly string[] => {
      const got = new Set(outside.texts());
      return sent.filter((text) => !got.has(text));
    };
    await until(() => missing().length === 0).catch(() => undefined);
    assert.ok(sent.length > 50, `${sent.length} sent`);
    assert.deepEqual(missing(), []);
    await node.stop();
    await other.stop();
  },
);

/** Readings that reach the journal of those that Mosquitto has acknowledged, when it is killed while the node is away. */
async function throughMosquittosDeath(more: string): Promise<number> {
  using here = home();
  const { port, edge } = await setUp(here);
  let other = await mosquittoIn(here, port, more);
  await (await edgeIn(edge, fetching)).stop();
  {
    await using device = await guest(port);
    for (let seq = 0; seq < 1_500; seq++) await device.publish('sensors/pump/data', reading(seq));
  }
  await other.kill();
  other = await mosquittoIn(here, port, more);
  const node = await edgeIn(edge, fetching);
  await sleep(2_500);
  await node.stop();
  await other.stop();
  return await readingsIn(edge);
}

test(
  'bridge: Mosquitto as it is installed loses what waits in it when it is killed, and with the settings of the guide keeps all but the newest [BRG-18]',
  options,
  async () => {
    assert.equal(await throughMosquittosDeath(''), 0);
    const kept = 'max_queued_messages 0\nautosave_on_changes true\nautosave_interval 1';
    // It writes after it has acknowledged, so the newest may be missing.
    const arrived = await throughMosquittosDeath(kept);
    assert.ok(arrived >= 1_490, `${arrived} of 1500`);
  },
);
