import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeName, contentFormats, type Observation } from '@selvedge/coap';
import { visitRecords } from '@selvedge/journal';
import { classOf, decodeRecord, encodeCbor, parseCbor } from '@selvedge/protocol';
import { type Client, doorAt, site } from './door.fixture.ts';

type Site = Awaited<ReturnType<typeof site>>;

/** A reading that makes the default rules order a shutdown. */
const heat = async (one: Site, client: Client, device = 'pump-7'): Promise<void> => {
  await client.post(`sensors/${device}`, { temperature: 91.5 });
  await one.run(3_000);
};

/** What an observer hears, `''` for nothing waiting; the end of the observation is noted as `over`. */
async function observe(one: Site, client: Client, query: readonly string[] = []) {
  const observation: Observation = await one.until(client.observe(client.target, { path: 'commands/pump-7', query }));
  const heard: string[] = [];
  const over = (async () => {
    for await (const { code, payload } of observation)
      heard.push(
        codeName(code) !== '2.05'
          ? codeName(code)
          : ((JSON.parse(payload.toString()) as { command: string } | null)?.command ?? ''),
      );
    heard.push('over');
  })().catch((cause: unknown) => heard.push(cause instanceof Error ? `over: ${cause.message}` : 'over'));
  return { heard, over, cancel: () => one.until(observation.cancel()), last: () => observation.latest };
}

/** From now on no acknowledgement by a device reaches the node. */
function loseAcknowledgements(one: Site) {
  const cut: { isOver: boolean } = { isOver: false };
  one.lost.one = (bytes, from) => !cut.isOver && bytes[0]! >> 4 === 6 && from.port !== doorAt.port;
  return cut;
}

/** The states that commands went through. */
const stateOf = async (one: Site): Promise<readonly string[]> => {
  const states: string[] = [];
  await one.until(
    (async () => {
      for await (const batch of one.node.journal.read(0, { classes: [classOf('command')] }))
        visitRecords(batch, (body, start, end) => {
          const record = decodeRecord(body, start, end);
          if (record.ok && record.value.kind === 'commandState') states.push(record.value.body.state);
        });
    })(),
  );
  return states;
};

test('coap commands: an observer gets each command in a confirmable notification, one at a time, and hears when none waits [EDG-107]', async () => {
  const one = await site();
  const device = await one.client();
  const sensor = await one.client();
  const listener = await observe(one, device);
  await heat(one, sensor);
  await heat(one, sensor);
  assert.deepEqual(listener.heard, ['', 'shutdown', '', 'shutdown', '']);
  assert.deepEqual(await stateOf(one), ['sent', 'delivered', 'sent', 'delivered']);
  assert.equal(one.door.clients, 1);
  await listener.cancel();
  await one.run(100);
  assert.equal(one.door.clients, 0);
});

test('coap commands: a command is delivered when its notification is acknowledged, not before [EDG-107]', async () => {
  const one = await site();
  const listener = await observe(one, await one.client());
  const sensor = await one.client();
  const cut = loseAcknowledgements(one);
  await sensor.post('sensors/pump-7', { temperature: 91.5 });
  await one.run(1_500);
  assert.deepEqual(listener.heard.slice(0, 2), ['', 'shutdown']);
  assert.deepEqual(await stateOf(one), ['sent']);
  cut.isOver = true;
  await one.run(20_000);
  assert.deepEqual((await stateOf(one)).slice(0, 2), ['sent', 'delivered']);
});

test('coap commands: what was ordered while nobody observed comes with the next registration [EDG-107]', async () => {
  const one = await site();
  await heat(one, await one.client());
  const listener = await observe(one, await one.client());
  await one.run(100);
  // A reader who begins late does not see the answer to the registration.
  assert.deepEqual(listener.heard.slice(-2), ['shutdown', '']);
});

test('coap commands: one observer per device, the newest; the one before is told 4.09 [EDG-108]', async () => {
  const one = await site();
  const old = await observe(one, await one.client());
  const young = await observe(one, await one.client());
  await one.run(100);
  await heat(one, await one.client());
  assert.deepEqual(young.heard, ['', 'shutdown', '']);
  assert.equal(old.heard[0], '');
  assert.match(old.heard.at(-1)!, /^over/);
  assert.ok(!old.heard.includes('shutdown'));
});

test('coap commands: a client that begins anew at the same address gets what it had not acknowledged again [EDG-108]', async () => {
  const one = await site();
  const device = await one.client();
  const first = await observe(one, device);
  const cut = loseAcknowledgements(one);
  await (await one.client()).post('sensors/pump-7', { temperature: 91.5 });
  await one.run(1_000);
  assert.ok(first.heard.includes('shutdown'));
  cut.isOver = true;
  const second = await observe(one, device);
  await one.run(30_000);
  assert.ok(second.heard.includes('shutdown') || (await stateOf(one)).includes('delivered'));
  assert.deepEqual((await stateOf(one)).slice(0, 2), ['sent', 'delivered']);
});

test('coap commands: who asks without observing is given the oldest, and by `after` the next [EDG-107]', async () => {
  const one = await site();
  const client = await one.client();
  assert.equal(await client.json('commands/pump-7'), null);
  await heat(one, client);
  await heat(one, client);
  const first = (await client.json('commands/pump-7')) as { id: string };
  const second = (await client.json(`commands/pump-7?after=${first.id}`)) as { id: string };
  assert.notEqual(first.id, second.id);
  assert.equal(await client.json(`commands/pump-7?after=${second.id}`), null);
  const { payload } = await client.ask('commands/pump-7', { accept: contentFormats.cbor });
  assert.deepEqual(payload, encodeCbor(null));
});

test('coap commands: a result is durable before 2.04, acknowledges its command, and is refused for another device [EDG-109]', async () => {
  const one = await site();
  const client = await one.client();
  await heat(one, client);
  const { id, command } = (await client.json('commands/pump-7')) as { id: string; command: string };
  assert.equal(command, 'shutdown');
  assert.equal(codeName((await client.post(`commands/pump-8/${id}`, { status: 'done' })).code), '4.04');
  assert.equal(codeName((await client.post(`commands/pump-7/${id}`, { status: 'maybe' })).code), '4.22');
  const body = encodeCbor(
    new Map<string, string | ReadonlyMap<string, number>>([
      ['status', 'done'],
      ['result', new Map([['rpm', 0]])],
    ]),
  );
  const done = await client.post(`commands/pump-7/${id}`, body, { contentFormat: contentFormats.cbor });
  assert.equal(codeName(done.code), '2.04');
  assert.deepEqual(await stateOf(one), ['sent', 'delivered', 'done']);
  assert.equal(await client.json('commands/pump-7?after='), null);
});

test('coap commands: a status is durable before 2.04, and one that cannot be read is 4.22 [EDG-109]', async () => {
  const one = await site();
  const client = await one.client();
  const head = one.node.journal.head.offset;
  assert.equal(codeName((await client.post('devices/pump-7/status', 'online', { contentFormat: 0 })).code), '2.04');
  assert.equal(codeName((await client.post('devices/pump-7/status', { battery: 80 })).code), '2.04');
  assert.equal(one.node.journal.head.offset, head + 2);
  assert.equal(codeName((await client.post('devices/pump-7/status', '[')).code), '4.22');
});

test('coap commands: commands come as CBOR to who asks for it [EDG-102]', async () => {
  const one = await site();
  const client = await one.client();
  await heat(one, client);
  const { payload, contentFormat } = await client.ask('commands/pump-7', { accept: contentFormats.cbor });
  assert.equal(contentFormat, contentFormats.cbor);
  const parsed = parseCbor(payload, 0, payload.length);
  assert.ok('value' in parsed && parsed.value instanceof Map && parsed.value.get('command') === 'shutdown');
});
