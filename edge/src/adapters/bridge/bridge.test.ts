import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guest, otherBroker, portOf, site, until } from './bridge.fixture.ts';

const both = [{ direction: 'both', filter: '#', localPrefix: 'shared/', remotePrefix: 'site/' }] as const;

for (const protocol of ['5', '3.1.1'] as const) {
  test(`bridge: with MQTT ${protocol} messages of every QoS cross both ways under their mapped names [BRG-1]`, {
    timeout: 20_000,
  }, async () => {
    await using other = await otherBroker();
    await using here = await site({
      ports: [portOf(other)],
      protocol,
      rules: [
        { direction: 'out', filter: 'sensors/#', remotePrefix: 'edge-1/', qos: 2 },
        { direction: 'in', filter: '#', remotePrefix: 'orders/', localPrefix: 'from/', qos: 2 },
      ],
    });
    await here.connected();
    await using inside = await guest(here.port, ['from/#']);
    await using outside = await guest(portOf(other), ['edge-1/#']);
    for (const qos of [0, 1, 2] as const) {
      await inside.publish('sensors/a', `out ${qos}`, { qos });
      await until(() => outside.got.length === qos + 1);
      await outside.publish('orders/a/b', `in ${qos}`, { qos });
      await until(() => inside.got.length === qos + 1);
    }
    assert.deepEqual(
      outside.got.map(({ topic, payload, qos }) => [topic, payload.toString(), qos]),
      [0, 1, 2].map((qos) => ['edge-1/sensors/a', `out ${qos}`, qos]),
    );
    assert.deepEqual(
      inside.got.map(({ topic, payload, qos }) => [topic, payload.toString(), qos]),
      [0, 1, 2].map((qos) => ['from/a/b', `in ${qos}`, qos]),
    );
    assert.deepEqual([inside.texts().length, outside.texts().length], [3, 3]);
  });
}

test('bridge: what comes from a 5 broker keeps its properties, and response topics lead back [BRG-3]', {
  timeout: 20_000,
}, async () => {
  await using other = await otherBroker();
  await using here = await site({ ports: [portOf(other)], rules: both });
  await here.connected();
  await using inside = await guest(here.port, ['shared/#']);
  await using outside = await guest(portOf(other), ['site/asked']);
  const properties = {
    payloadFormatIndicator: true,
    messageExpiryInterval: 60,
    contentType: 'text/plain',
    responseTopic: 'shared/answers',
    correlationData: Buffer.from('7'),
    userProperties: { a: ['1', '2'], b: '3' },
  };
  await inside.publish('shared/asked', 'who?', { properties });
  await until(() => outside.got.length === 1);
  const got = outside.got[0]!.properties!;
  assert.equal(got.responseTopic, 'site/answers');
  assert.equal(got.contentType, 'text/plain');
  assert.equal(got.payloadFormatIndicator, true);
  assert.ok(got.messageExpiryInterval! <= 60);
  assert.equal(got.correlationData?.toString(), '7');
  assert.deepEqual({ ...got.userProperties }, { a: ['1', '2'], b: '3', 'selvedge-via': 'edge-1/b0' });
  await outside.publish(got.responseTopic, 'me', { properties: { correlationData: got.correlationData } });
  await until(() => inside.texts().includes('me'));
  assert.equal(inside.got.find(({ payload }) => payload.toString() === 'me')?.topic, 'shared/answers');
});

test('bridge: what is retained is retained at the other end, and cleared there when it is cleared here [BRG-4]', {
  timeout: 20_000,
}, async () => {
  await using other = await otherBroker();
  await using here = await site({ ports: [portOf(other)], rules: both });
  await here.connected();
  await using inside = await guest(here.port);
  await using outside = await guest(portOf(other));
  const kept = (): readonly string[] => other.retained('site/#')!.messages.map(({ topic }) => topic);
  await inside.publish('shared/a', '1', { retain: true });
  await outside.publish('site/b', '2', { retain: true });
  await until(() => kept().length === 2);
  await until(() => here.door.operations.retained('shared/#')!.messages.length === 2);
  await inside.publish('shared/a', '', { retain: true });
  await until(() => kept().length === 1);
  assert.deepEqual(kept(), ['site/b']);
});

for (const protocol of ['5', '3.1.1'] as const) {
  test(`bridge: with MQTT ${protocol} nothing circles between two nodes and two brokers that are all joined [BRG-12]`, {
    timeout: 30_000,
  }, async () => {
    await using one = await otherBroker();
    await using two = await otherBroker();
    const ports = [portOf(one), portOf(two)];
    await using a = await site({ node: 'a', ports, protocol, rules: both });
    await using b = await site({ node: 'b', ports: ports.slice(0, 1), protocol, rules: both });
    await Promise.all([a.connected(), b.connected()]);
    await using inA = await guest(a.port, ['shared/#']);
    await using inB = await guest(b.port, ['shared/#']);
    await using atOne = await guest(ports[0]!, ['site/#']);
    await using atTwo = await guest(ports[1]!, ['site/#']);
    const all = [inA, inB, atOne, atTwo];
    await inA.publish('shared/x', 'from a');
    await atTwo.publish('site/x', 'from two');
    await inB.publish('shared/x', 'from b');
    await until(() => all.every(({ got }) => got.length >= 3));
    // Whatever still circles comes before a message that is sent when all is still.
    await inA.publish('shared/end', 'end');
    await until(() => all.every(({ texts }) => texts().includes('end')));
    for (const { texts } of all) assert.deepEqual(texts().toSorted(), ['end', 'from a', 'from b', 'from two']);
    assert.ok(a.metric('edge_bridge_dropped_total{bridge="b0",direction="in",reason="looped"}') > 0);
  });
}

test('bridge: in a ring of two nodes and two brokers of MQTT 5 a message goes each way once and stops [BRG-12]', {
  timeout: 30_000,
}, async () => {
  await using one = await otherBroker();
  await using two = await otherBroker();
  const ports = [portOf(one), portOf(two)];
  await using a = await site({ node: 'a', ports, rules: both });
  await using b = await site({ node: 'b', ports, rules: both });
  await Promise.all([a.connected(), b.connected()]);
  await using inA = await guest(a.port, ['shared/#']);
  await using inB = await guest(b.port, ['shared/#']);
  await using atOne = await guest(ports[0]!, ['site/#']);
  await inA.publish('shared/x', 'once');
  const looped = (node: typeof a): number =>
    ['b0', 'b1'].reduce(
      (sum, bridge) =>
        ['in', 'out'].reduce(
          (rest, direction) =>
            rest +
            node.metric(`edge_bridge_dropped_total{bridge="${bridge}",direction="${direction}",reason="looped"}`),
          sum,
        ),
      0,
    );
  // By each broker b hears of it once and passes it on to the other one, where it meets both nodes again.
  await until(() => looped(a) === 4 && looped(b) === 4);
  assert.deepEqual(
    [inA, inB, atOne].map(({ got }) => got.length),
    [1, 2, 2],
  );
});

test('bridge: what the other broker refuses for good is dropped and counted, and the next one crosses [BRG-9]', {
  timeout: 20_000,
}, async () => {
  await using other = await otherBroker();
  await using here = await site({
    ports: [portOf(other)],
    // To a 5 broker of ours, a client that publishes below `$` is not authorized.
    rules: [
      { direction: 'out', filter: 'a', remotePrefix: '$x/', qos: 2 },
      { direction: 'out', filter: 'b' },
    ],
  });
  await here.connected();
  await using inside = await guest(here.port);
  await using outside = await guest(portOf(other), ['#']);
  for (const qos of [1, 2] as const) await inside.publish('a', 'never', { qos });
  await inside.publish('b', 'yes');
  await until(() => outside.got.length === 1);
  assert.deepEqual(outside.texts(), ['yes']);
  await until(() => here.metric('edge_bridge_dropped_total{bridge="b0",direction="out",reason="refused"}') === 2);
  await until(() => here.bridges.states().every((way) => way.connected && way.inFlight === 0));
});
