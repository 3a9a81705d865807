import assert from 'node:assert/strict';
import * as wire from '../../test/support/wire.ts';
import { cases } from '../support/case.ts';
import * as property from '../support/properties.ts';
import { refusedOrClosed } from './refused.ts';

export const sharesCases = cases(5, 'plain', {
  '[MQTT5-4.8.2-1] [MQTT5-4.8.2-2] a share has a name without wildcards and a filter behind it': async (stage) => {
    for (const filter of ['$share/', '$share//x', '$share/g', '$share/g/', '$share/+/x', '$share/a#/x']) {
      const client = await stage.join('c');
      client.send(wire.subscribe([[filter, 0]], { version: 5 }));
      await refusedOrClosed(client);
    }
  },

  '[MQTT5-4.8.2-1] each message goes to one member of a share, and to every other subscriber': async (stage) => {
    const [one, two, other] = [await stage.join('one'), await stage.join('two'), await stage.join('other')];
    for (const member of [one, two]) await member.subscribe(`$share/g/${stage.topic}/+`, 1);
    await other.subscribe(`${stage.topic}/#`, 0);
    const second = await stage.join('second');
    await second.subscribe(`$share/h/${stage.topic}/+`, 0);
    const publisher = await stage.join('publisher');
    const numbers = Array.from({ length: 10 }, (_, n) => `${n}`);
    for (const payload of numbers) await publisher.publish(`${stage.topic}/a`, payload, { qos: 1 });
    const payloads = async (member: typeof one): Promise<string[]> =>
      (await member.settled()).map(({ payload }) => payload!);
    const shares = [await payloads(one), await payloads(two)];
    assert.deepEqual([shares.flat().length, new Set(shares.flat())], [numbers.length, new Set(numbers)]);
    assert.ok(
      shares.every((share) => share.length > 0),
      'a member gets nothing',
    );
    assert.deepEqual([await payloads(other), await payloads(second)], [numbers, numbers]);
  },

  '[MQTT5-4.8.2-3] a share is served with the QoS granted to its member': async (stage) => {
    for (const granted of [0, 1, 2]) {
      const client = await stage.join('c');
      await client.subscribe(`$share/g/${stage.topic}`, granted, [property.subscriptionId(granted + 1)]);
      await client.publish(stage.topic, 'x', { qos: 2 });
      const { qos, properties } = await client.accept();
      assert.deepEqual([qos, properties?.['subscriptionIds']], [granted, [granted + 1]]);
    }
  },

  '[MQTT5-4.8.2-4] [MQTT5-4.8.2-5] a QoS 2 message under way stays with its member': async (stage) => {
    const kept = { properties: [property.sessionExpiry(60)] };
    const members = new Map([
      ['one', await stage.join('one', kept)],
      ['two', await stage.join('two', kept)],
    ]);
    for (const member of members.values()) await member.subscribe(`$share/g/${stage.topic}`, 2);
    const publisher = await stage.join('publisher');
    await publisher.publish(stage.topic, 'x', { qos: 2 });
    const got = new Map<string, number>();
    for (const [name, member] of members) for (const { id } of await member.settled()) got.set(name, id!);
    assert.equal(got.size, 1);
    const [[name, id]] = [...got] as [[string, number]];
    members.get(name)!.cut();
    const other = members.get(name === 'one' ? 'two' : 'one')!;
    await other.silent();
    const again = await stage.join(name, { ...kept, clean: false });
    const packet = await again.accept();
    assert.deepEqual([packet.id, packet.payload], [id, 'x']);
    await other.silent();
  },

  '[MQTT5-4.8.2-5] a QoS 2 message under way goes to nobody else when the session of its member ends': async (
    stage,
  ) => {
    const one = await stage.join('one');
    await one.subscribe(`$share/g/${stage.topic}`, 2);
    const publisher = await stage.join('publisher');
    await publisher.publish(stage.topic, 'x', { qos: 2 });
    await one.next('publish');
    const two = await stage.join('two');
    await two.subscribe(`$share/g/${stage.topic}`, 2);
    await one.leave();
    await two.silent();
  },

  '[MQTT5-4.8.2-6] a message that its member refuses is not sent to another': async (stage) => {
    const one = await stage.join('one');
    await one.subscribe(`$share/g/${stage.topic}`, 2);
    const publisher = await stage.join('publisher');
    await publisher.publish(stage.topic, 'once', { qos: 1 });
    await publisher.publish(stage.topic, 'twice', { qos: 2 });
    const two = await stage.join('two');
    await two.subscribe(`$share/g/${stage.topic}`, 2);
    one.send(wire.puback((await one.next('publish')).id!, 0x80));
    one.send(wire.pubrec((await one.next('publish')).id!, 0x80));
    await one.silent();
    await one.leave();
    await two.silent();
  },
});
