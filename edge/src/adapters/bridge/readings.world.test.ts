import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guest, until } from './bridge.fixture.ts';
import {
  awayOptions,
  awaySession,
  edgeIn,
  freePort,
  home,
  mosquittoIn,
  noMosquitto,
  stubborn,
} from './mosquitto.fixture.ts';

const options = { skip: noMosquitto, timeout: 120_000 };
const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const seqOf = (text: string): number => (JSON.parse(text) as { readonly $seq: number }).$seq;

for (const protocol of ['5', '3.1.1'] as const) {
  test(
    `bridge readings: over MQTT ${protocol} what this node acknowledged reaches Mosquitto through kill -9 of the node and an outage of more than a session holds [BRG-22]`,
    options,
    async () => {
      using here = home();
      const port = await freePort();
      const bridge = {
        name: 'plant',
        url: `mqtt://127.0.0.1:${port}`,
        protocol,
        retryMin: '20ms',
        retryMax: '200ms',
        rules: [{ direction: 'out', filter: 'sensors/+/data' }],
      };
      const edge = { home: here, port: await freePort(), bridges: [bridge] };
      let other = await mosquittoIn(here, port, 'max_queued_messages 0');
      await awaySession(port, 'outside', 'sensors/#');
      let node = await edgeIn(edge);
      const acknowledged: number[] = [];
      let next = 0;
      /** Ten clients at once, each until its readings are acknowledged. */
      const report = (count: number): Promise<unknown> =>
        Promise.all(
          Array.from({ length: 10 }, async (_, client) => {
            const publisher = stubborn(edge.port);
            for (let one = 0; one < count / 10; one++) {
              const seq = next++;
              await publisher.publish(`sensors/pump-${client}/data`, JSON.stringify({ t: 20, $boot: 1, $seq: seq }), 1);
              acknowledged.push(seq);
            }
            await publisher.end();
          }),
        );
      // The session of other messages would hold 10 000.
      await other.stop();
      await report(12_000);
      const reporting = report(2_000);
      for (let kills = 0; kills < 3; kills++) {
        await sleep(200);
        await node.kill();
        node = await edgeIn(edge);
        if (kills === 1) other = await mosquittoIn(here, port, 'max_queued_messages 0');
      }
      await reporting;
      await using outside = await guest(port, [], awayOptions('outside'));
      const missing = (): readonly number[] => {
        const got = new Set(outside.texts().map(seqOf));
        return acknowledged.filter((seq) => !got.has(seq));
      };
      for (let round = 0; round < 5; round++) await until(() => missing().length === 0).catch(() => undefined);
      assert.equal(acknowledged.length, 14_000);
      assert.deepEqual(missing().length, 0);
      await node.stop();
      await other.stop();
    },
  );
}
