import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Broker, memorySessions } from '@selvedge/mqtt';
import { type Intake, verdict } from '../../ports.ts';
import { guest, memorySnapshots, otherBroker, portOf, type SiteOptions, site, until } from './bridge.fixture.ts';

const timeout = 30_000;
const versions = ['5', '3.1.1'] as const;
const inbound = [{ direction: 'in', filter: 'x/#', qos: 2 }] as const;
const outbound = [{ direction: 'out', filter: 'x/#', qos: 2 }] as const;

/** An intake whose commits settle when the test says so. */
function heldIntake() {
  const taken: string[] = [];
  const waiting: PromiseWithResolvers<void>[] = [];
  const intake: Intake = {
    take(_topic, bytes, start, end) {
      taken.push(bytes.toString('utf8', start, end));
      return verdict.taken;
    },
    commit() {
      const one = Promise.withResolvers<void>();
      waiting.push(one);
      return one.promise;
    },
  };
  return { intake, taken, waiting };
}

/** Messages that the broker has sent to the bridge and not heard back about, and those that wait. */
const owedTo = (other: Broker, session: 'in' | 'out'): number =>
  [...other.clients()]
    .filter(({ clientId }) => clientId === `selvedge-edge-1-b0-${session}`)
    .reduce((sum, { queued, inflight }) => sum + queued + inflight, 0);

for (const protocol of versions) {
  test(`bridge: with MQTT ${protocol} the other broker hears of no message before it is committed here, and what a crash left uncommitted comes again [BRG-6]`, {
    timeout,
  }, async () => {
    await using other = await otherBroker();
    const held = heldIntake();
    const again = heldIntake();
    const options: SiteOptions = { ports: [portOf(other)], protocol, rules: inbound };
    await using outside = await guest(portOf(other));
    {
      const here = await site({ ...options, intake: held.intake });
      await here.connected();
      await outside.publish('x/a', 'one', { qos: 1 });
      await until(() => held.taken.length === 1);
      assert.equal(owedTo(other, 'in'), 1);
      held.waiting[0]!.resolve();
      await until(() => owedTo(other, 'in') === 0);
      await outside.publish('x/a', 'two', { qos: 1 });
      await until(() => held.taken.length === 2);
      // The node ends; what it had not committed was never acknowledged.
      held.waiting[1]!.reject(new Error('power cut'));
      await here[Symbol.asyncDispose]();
    }
    assert.equal(owedTo(other, 'in'), 1);
    await using _here = await site({ ...options, intake: again.intake });
    await until(() => again.taken.length === 1);
    assert.deepEqual(again.taken, ['two']);
    again.waiting[0]!.resolve();
    await until(() => owedTo(other, 'in') === 0);
  });

  test(`bridge: with MQTT ${protocol} what is published here while the other broker is away waits, and QoS 2 crosses once [BRG-5] [BRG-7]`, {
    timeout,
  }, async () => {
    const [sessions, there] = [memorySessions(), memorySessions()];
    const snapshots = memorySnapshots();
    const first = await otherBroker(there);
    const port = portOf(first);
    const options: SiteOptions = { ports: [port], protocol, rules: outbound, sessions, snapshots };
    const listener = { clientId: 'outside', clean: false, properties: { sessionExpiryInterval: 600 } };
    await (await guest(port, ['x/#'], listener))[Symbol.asyncDispose]();
    await first.stop();
    const sent = Array.from({ length: 40 }, (_, index) => `${index}`);
    {
      // It has never met the other broker when the first half is published, and it ends before it does.
      await using here = await site(options);
      await using inside = await guest(here.port);
      for (const text of sent.slice(0, 20)) await inside.publish('x/a', text, { qos: 2 });
    }
    await using here = await site(options);
    await using inside = await guest(here.port);
    for (const text of sent.slice(20, 30)) await inside.publish('x/a', text, { qos: 2 });
    await using _other = await otherBroker(there, port);
    for (const text of sent.slice(30)) await inside.publish('x/a', text, { qos: 2 });
    await using outside = await guest(port, [], listener);
    await until(() => outside.got.length >= sent.length);
    assert.deepEqual(outside.texts(), sent);
  });
}

test('bridge: QoS 2 crosses once however often the connections break in the middle of it [BRG-7]', {
  timeout,
}, async () => {
  await using other = await otherBroker();
  await using here = await site({
    ports: [portOf(other)],
    rules: [...inbound, { direction: 'out', filter: 'y/#', qos: 2 }],
  });
  await here.connected();
  await using inside = await guest(here.port, ['x/#']);
  await using outside = await guest(portOf(other), ['y/#']);
  const sent = Array.from({ length: 200 }, (_, index) => `${index}`);
  const cut = (): void => {
    for (const session of ['in', 'out'] as const) {
      other.kick(`selvedge-edge-1-b0-${session}`);
      here.door.operations.kick(`application/$bridge:b0/${session}`);
    }
  };
  let crossed = 0;
  for (const one of [inside, outside]) {
    one.client.on('message', () => {
      crossed += 1;
      if (crossed % 50 === 0) cut();
    });
  }
  await Promise.all(
    sent.map((text) =>
      Promise.all([inside.publish('y/a', text, { qos: 2 }), outside.publish('x/a', text, { qos: 2 })]),
    ),
  );
  await until(() => inside.got.length >= sent.length && outside.got.length >= sent.length);
  assert.deepEqual(inside.texts(), sent);
  assert.deepEqual(outside.texts(), sent);
  assert.ok(here.metric('edge_bridge_lost_total{bridge="b0",direction="in"}') > 0);
});

test('bridge: while there is no room here a message waits at the other broker, and comes when there is [BRG-10]', {
  timeout,
}, async () => {
  await using other = await otherBroker();
  let full: boolean = true;
  let refused = 0;
  const taken: string[] = [];
  const intake: Intake = {
    take(_topic, bytes, start, end) {
      if (full) {
        refused += 1;
        return verdict.refused;
      }
      taken.push(bytes.toString('utf8', start, end));
      return verdict.taken;
    },
    commit: () => Promise.resolve(),
  };
  await using here = await site({ ports: [portOf(other)], rules: inbound, intake });
  await here.connected();
  await using outside = await guest(portOf(other));
  await outside.publish('x/a', '1', { qos: 1 });
  await outside.publish('x/a', '2', { qos: 2 });
  await until(() => refused > 5);
  assert.equal(owedTo(other, 'in'), 2);
  full = false;
  await until(() => taken.length === 2 && owedTo(other, 'in') === 0);
  assert.deepEqual(taken, ['1', '2']);
});

test('bridge: when the other broker has lost its sessions that is told, and QoS 2 goes on both ways [BRG-7] [BRG-15]', {
  timeout,
}, async () => {
  const first = await otherBroker();
  const port = portOf(first);
  const rules = [{ direction: 'both', filter: 'x/#', qos: 2 }] as const;
  await using here = await site({ ports: [port], rules });
  await here.connected();
  await first.stop();
  await using _other = await otherBroker(memorySessions(), port);
  await until(() => here.metric('edge_bridge_sessions_lost_total{bridge="b0",direction="in"}') === 1);
  await here.connected();
  await using inside = await guest(here.port, ['x/#']);
  await using outside = await guest(port, ['x/#']);
  for (let round = 0; round < 20; round++) await outside.publish('x/in', `${round}`, { qos: 2 });
  for (let round = 0; round < 20; round++) await inside.publish('x/out', `${round}`, { qos: 2 });
  await until(() => inside.got.length === 40 && outside.got.length === 40);
});
