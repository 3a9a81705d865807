import assert from 'node:assert/strict';
import { type EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import { connect, connectAsync, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import { installed, makeCertificates } from './support/certificates.ts';
import { errorLog, listenOn, portOf } from './support/sockets.ts';

const event = <Args extends unknown[]>(client: MqttClient, name: string): Promise<Args> =>
  once(client as unknown as EventEmitter, name) as Promise<Args>;

type Heard = [topic: string, payload: Buffer, packet: IPublishPacket];

/** The next message, as `topic payload qos`. */
async function next(client: MqttClient): Promise<string> {
  const [topic, payload, packet] = await event<Heard>(client, 'message');
  return `${topic} ${payload.toString()} ${packet.qos}`;
}

const dial = (port: number, options: IClientOptions) =>
  connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, ...options });

for (const protocolVersion of [4, 5] as const) {
  test(`mqtt.js ${protocolVersion}: every QoS arrives both ways, retained messages and wills too`, async () => {
    const { log, errors } = errorLog();
    await using broker = await listenOn(['tcp', 'ws'], {}, { log });
    const will = { topic: 'gone', payload: Buffer.from('pump'), qos: 1 as const, retain: false };
    const pump = await dial(portOf(broker), { protocolVersion, clientId: 'pump', will });
    const watcher = await connectAsync(`ws://127.0.0.1:${portOf(broker, 1)}`, {
      protocolVersion,
      clientId: 'watcher',
      reconnectPeriod: 0,
    });
    const granted = await watcher.subscribeAsync({ 'data/#': { qos: 2 }, gone: { qos: 0 } });
    assert.deepEqual(
      granted.map(({ qos }) => qos),
      [2, 0],
    );
    for (const qos of [0, 1, 2] as const) {
      const message = next(watcher);
      await pump.publishAsync('data/pump', `reading ${qos}`, { qos, retain: qos === 2 });
      assert.equal(await message, `data/pump reading ${qos} ${qos}`);
    }
    const late = await dial(portOf(broker), { protocolVersion, clientId: 'late' });
    const retained = next(late);
    await late.subscribeAsync('data/+', { qos: 1 });
    assert.equal(await retained, 'data/pump reading 2 1');
    const gone = next(watcher);
    pump.stream.destroy();
    assert.equal(await gone, 'gone pump 0');
    await Promise.all([late.endAsync(), watcher.endAsync()]);
    await broker.stop();
    assert.deepEqual(errors, []);
  });

  test(`mqtt.js ${protocolVersion}: a kept session gets what it missed, each message once`, async () => {
    await using broker = await listenOn(['tcp']);
    const kept: IClientOptions = {
      protocolVersion,
      clientId: 'kept',
      clean: false,
      ...(protocolVersion === 5 ? { properties: { sessionExpiryInterval: 60 } } : {}),
    };
    const first = await dial(portOf(broker), kept);
    await first.subscribeAsync('a', { qos: 2 });
    await first.endAsync();
    const receipts = ([1, 2, 1, 2] as const).map((qos, n) => broker.publish({ topic: 'a', payload: `${n}`, qos }));
    const again = connect(`mqtt://127.0.0.1:${portOf(broker)}`, { reconnectPeriod: 0, ...kept });
    const got: string[] = [];
    again.on('message', (_topic, payload) => got.push(payload.toString()));
    for (const { acknowledged } of receipts) assert.equal(await acknowledged, 'kept');
    // mqtt.js hands a QoS 2 message over at its PUBREL, so the two qualities overtake each other.
    assert.deepEqual(
      got.filter((text) => text === '0' || text === '2'),
      ['0', '2'],
    );
    assert.deepEqual(
      got.filter((text) => text === '1' || text === '3'),
      ['1', '3'],
    );
    assert.equal(got.length, 4);
    await again.endAsync();
    await broker.stop();
  });
}

test('mqtt.js 5: properties, topic aliases, request and response, and reason codes', async () => {
  await using broker = await listenOn(['tcp']);
  const server = await dial(portOf(broker), {
    protocolVersion: 5,
    clientId: 'server',
    properties: { topicAliasMaximum: 5 },
  });
  await server.subscribeAsync('request', { qos: 1, properties: { subscriptionIdentifier: 9 } } as never);
  const asker = await dial(portOf(broker), {
    protocolVersion: 5,
    clientId: 'asker',
    autoUseTopicAlias: true,
    autoAssignTopicAlias: true,
  });
  await asker.subscribeAsync('answer', { qos: 1 });
  server.on('message', (_topic, payload, packet) => {
    const { responseTopic, correlationData, userProperties } = packet.properties!;
    assert.deepEqual({ ...userProperties }, { unit: 'bar' });
    void server.publishAsync(responseTopic!, `re: ${payload.toString()}`, {
      qos: 1,
      properties: { correlationData: correlationData! },
    });
  });
  for (const n of [1, 2, 3]) {
    const answer = event<Heard>(asker, 'message');
    await asker.publishAsync('request', `${n}`, {
      qos: 1,
      properties: { responseTopic: 'answer', correlationData: Buffer.of(n), userProperties: { unit: 'bar' } },
    });
    const [, payload, packet] = await answer;
    assert.deepEqual([payload.toString(), packet.properties?.correlationData], [`re: ${n}`, Buffer.of(n)]);
  }
  const left = event<[{ reasonCode: number }]>(asker, 'disconnect');
  broker.kick('asker');
  const [{ reasonCode }] = await left;
  assert.equal(reasonCode, 0x98);
  await server.endAsync();
  await broker.stop();
});

const noOpenssl = installed('openssl') ? false : 'openssl is not installed';

test('mqtt.js: over TLS with a client certificate, which access and intake see [MQB-103]', {
  skip: noOpenssl,
}, async () => {
  const { ca, server, client, remove } = makeCertificates();
  const subjects: (string | undefined)[] = [];
  const access = {
    authenticate: ({ certificate, secure }: { certificate: { subject: string } | undefined; secure: boolean }) => {
      subjects.push(secure ? certificate?.subject : 'plain');
      return { ok: true as const };
    },
    authorize: () => true,
  };
  const tls = { ...server, ca, requestCert: true };
  const listeners = (['tls', 'wss'] as const).map((transport) => ({ transport, host: '127.0.0.1', port: 0, tls }));
  await using broker = await listenOn(listeners, {}, { access });
  for (const [index, scheme] of ['mqtts', 'wss'].entries()) {
    const url = `${scheme}://localhost:${portOf(broker, index)}`;
    const pump = await connectAsync(url, {
      ca,
      key: client.key,
      cert: client.cert,
      reconnectPeriod: 0,
      protocolVersion: 5,
    });
    await pump.publishAsync('a', 'x', { qos: 2 });
    await pump.endAsync();
    await assert.rejects(connectAsync(url, { ca, reconnectPeriod: 0, protocolVersion: 5 }));
  }
  assert.deepEqual(subjects, ['CN=pump-7', 'CN=pump-7']);
  await broker.stop();
  remove();
});
