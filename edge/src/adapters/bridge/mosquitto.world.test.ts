import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memorySessions } from '@selvedge/mqtt';
import { type Guest, guest, memorySnapshots, type SiteOptions, site, until } from './bridge.fixture.ts';
import { awayOptions, awaySession, freePort, home, mosquittoIn, noMosquitto } from './mosquitto.fixture.ts';

const versions = ['5', '3.1.1'] as const;
const options = { skip: noMosquitto, timeout: 60_000 };

for (const protocol of versions) {
  test(
    `bridge: with Mosquitto over MQTT ${protocol} messages of every QoS cross both ways, retained ones too [BRG-1] [BRG-4]`,
    options,
    async () => {
      using at = home();
      const port = await freePort();
      const other = await mosquittoIn(at, port);
      const rules = [
        { direction: 'out', filter: 'sensors/#', remotePrefix: 'edge/', qos: 2 },
        { direction: 'in', filter: 'orders/#', qos: 2 },
      ] as const;
      {
        await using here = await site({ ports: [port], protocol, rules });
        await here.connected();
        await using inside = await guest(here.port, ['orders/#']);
        await using outside = await guest(port, ['edge/#']);
        for (const qos of [0, 1, 2] as const) {
          await inside.publish('sensors/a', `${qos}`, { qos });
          await outside.publish('orders/a', `${qos}`, { qos });
          await until(() => outside.got.length === qos + 1 && inside.got.length === qos + 1);
        }
        assert.deepEqual(
          [outside.texts(), inside.texts()],
          [
            ['0', '1', '2'],
            ['0', '1', '2'],
          ],
        );
        await inside.publish('sensors/kept', 'on', { retain: true });
        await until(() => outside.texts().includes('on'));
        await using later = await guest(port, ['edge/#']);
        await until(() => later.got.length === 1);
        assert.deepEqual([later.texts(), later.got[0]!.retain], [['on'], true]);
      }
      await other.stop();
    },
  );

  test(
    `bridge: over MQTT ${protocol} Mosquitto stops and starts again, and each QoS 2 message crosses once, both ways [BRG-5] [BRG-7]`,
    options,
    async () => {
      using at = home();
      const port = await freePort();
      const more = 'max_queued_messages 0';
      let other = await mosquittoIn(at, port, more);
      await awaySession(port, 'outside', 'out/#');
      const rules = [
        { direction: 'out', filter: 'out/#', qos: 2 },
        { direction: 'in', filter: 'in/#', qos: 2 },
      ] as const;
      const settings: SiteOptions = {
        ports: [port],
        protocol,
        rules,
        sessions: memorySessions(),
        snapshots: memorySnapshots(),
      };
      await using here = await site(settings);
      await here.connected();
      await using inside = await guest(here.port, ['in/#']);
      const sent: string[] = [];
      for (let round = 0; round < 4; round++) {
        const texts = Array.from({ length: 200 }, (_, index) => `${round}-${index}`);
        sent.push(...texts);
        {
          await using publisher = await guest(port);
          // mqtt.js sends more at once than Mosquitto says that it takes.
          for (let from = 0; from < texts.length; from += 10) {
            const some = texts.slice(from, from + 10);
            const publish = (one: Guest, topic: string) => some.map((text) => one.publish(topic, text, { qos: 2 }));
            await Promise.all([...publish(inside, 'out/a'), ...publish(publisher, 'in/a')]);
          }
        }
        // In the middle of what the burst has left to be passed on; saved, as an orderly end does.
        await other.stop();
        for (const text of [`${round}-away`]) {
          sent.push(text);
          await inside.publish('out/a', text, { qos: 2 });
        }
        other = await mosquittoIn(at, port, more);
      }
      await using outside = await guest(port, [], awayOptions('outside'));
      await until(() => outside.got.length >= sent.length);
      assert.deepEqual(outside.texts(), sent);
      const back = sent.filter((text) => !text.endsWith('away'));
      await until(() => inside.got.length >= back.length);
      assert.deepEqual(inside.texts(), back);
      await other.stop();
    },
  );

  test(
    `bridge: two nodes that share all with one Mosquitto over MQTT ${protocol} make no circle [BRG-12]`,
    options,
    async () => {
      using at = home();
      const port = await freePort();
      const other = await mosquittoIn(at, port);
      const rules = [{ direction: 'both', filter: '#' }] as const;
      {
        await using a = await site({ node: 'a', ports: [port], protocol, rules });
        await using b = await site({ node: 'b', ports: [port], protocol, rules });
        await Promise.all([a.connected(), b.connected()]);
        await using inA = await guest(a.port, ['x/#']);
        await using inB = await guest(b.port, ['x/#']);
        await using outside = await guest(port, ['x/#']);
        const all = [inA, inB, outside];
        for (let round = 0; round < 50; round++)
          await Promise.all(all.map((one, index) => one.publish('x/a', `${index}-${round}`, { qos: 2 })));
        await until(() => all.every(({ got }) => got.length >= 150));
        const echo = (name: 'a' | 'b') =>
          (name === 'a' ? a : b).metric('edge_bridge_dropped_total{bridge="b0",direction="in",reason="looped"}');
        // Each node has known its own 50 again; the others' it has passed on to nobody who had them.
        await until(() => echo('a') >= 50 && echo('b') >= 50);
        for (const { got } of all) assert.equal(got.length, 150);
      }
      await other.stop();
    },
  );
}
