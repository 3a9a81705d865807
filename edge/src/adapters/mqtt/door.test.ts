import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemDisk } from '@selvedge/journal/disk';
import { millis, seeded, silentLog } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';
import { diskSpool } from '@selvedge/mqtt';
import { dialTcp } from '../../../../packages/mqtt/test/support/sockets.ts';
import * as wire from '../../../../packages/mqtt/test/support/wire.ts';
import { type Peer, peerOn } from '../../../../packages/mqtt/test/support/world.ts';
import { openAccess } from '../../engines/access/access.fixture.ts';
import type { GateOptions } from '../../engines/access/gate.ts';
import { type Intake, verdict } from '../../ports.ts';
import { mqttDoor } from './door.ts';

const taking: Intake = { take: () => verdict.plain, commit: () => Promise.resolve() };

/** A door on a loopback port with a gate of its own. */
async function open(options: Partial<GateOptions> = {}) {
  const access = await openAccess(options);
  const listeners = [{ transport: 'tcp', host: '127.0.0.1', port: 0 }] as const;
  const world = { clock: systemClock, random: seeded(1), log: silentLog, gate: access.gate };
  const door = mqttDoor({ listeners, clientsMax: 100, packetSizeMax: 2 ** 20 }, world, taking);
  await door.start(access.signal);
  return {
    ...access,
    door,
    async dial(fields: wire.ConnectFields): Promise<Peer> {
      const peer = peerOn(await dialTcp(door.listening[0]!.port), fields.version ?? 4);
      await peer.send(wire.connect(fields));
      return peer;
    },
  };
}

/** Waits until `look` finds something; a test that waits in vain is stopped by its timeout. */
async function until<Value>(look: () => Value | undefined | false): Promise<Value> {
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    await systemClock.sleep(millis(2));
  }
}
const packet = (peer: Peer) => until(() => peer.takeOne());
const v5 = { version: 5 } as const;

test('door: who connects with a wrong password, a revoked token or no permission is told so and stays out [ACC-7]', async () => {
  const { dial, desk, door } = await open({ local: false });
  await desk.add({ kind: 'password', holder: 'device', name: 'pump-7', password: 'correct horse' });
  const { secret } = await desk.add({ kind: 'token', holder: 'device', name: 'pump-8' });
  const code = async (fields: wire.ConnectFields) => (await packet(await dial({ ...v5, ...fields }))).code;
  assert.equal(await code({ username: 'pump-7', password: 'correct horse' }), 0);
  assert.equal(await code({ username: 'pump-7', password: 'wrong' }), 0x86);
  assert.equal(await code({ username: '', password: secret }), 0);
  assert.equal(await code({ username: 'pump-7' }), 0x87, 'a name alone is nothing');
  assert.equal(await code({}), 0x87);
  await door.stop();
});

test('door: every filter of a SUBSCRIBE is judged by itself, also behind $share, and no topic by another one [ACC-11]', async () => {
  const { dial, desk, door } = await open();
  const { secret } = await desk.add({ kind: 'token', holder: 'device', name: 'pump-7' });
  const peer = await dial({ ...v5, username: 'x', password: secret });
  assert.equal((await packet(peer)).code, 0);
  const filters = [
    'commands/pump-7',
    '#',
    '$share/g/commands/pump-7',
    '$share/g/#',
    'commands/+',
    '$SYS/#',
    'alerts/pump-7',
  ];
  await peer.send(
    wire.subscribe(
      filters.map((filter) => [filter, 1] as const),
      v5,
    ),
  );
  assert.deepEqual((await packet(peer)).codes, [1, 0x87, 1, 0x87, 0x87, 0x87, 1]);
  await peer.send(
    wire.publish({ ...v5, topic: 'sensors/pump-7/data', qos: 1, id: 1 }),
    wire.publish({ ...v5, topic: 'sensors/pump-8/data', qos: 1, id: 2 }),
    wire.publish({ ...v5, topic: 'sensors/pump-7/data', qos: 1, id: 3 }),
  );
  const codes: (number | undefined)[] = [];
  for (let count = 0; count < 3; count++) codes.push((await packet(peer)).code);
  assert.deepEqual(
    codes.map((one) => one! >= 0x80),
    [false, true, false],
  );
  await door.stop();
});

test('door: a will to a topic of somebody else lets nobody in [ACC-11]', async () => {
  const { dial, desk, door } = await open();
  const { secret } = await desk.add({ kind: 'token', holder: 'device', name: 'pump-7' });
  const peer = await dial({
    ...v5,
    username: 'x',
    password: secret,
    will: { topic: 'sensors/pump-8/data', payload: '' },
  });
  assert.equal((await packet(peer)).code, 0x87);
  await door.stop();
});

test('door: nobody gets at the session of another one by its client identifier, whatever that is [ACC-10]', async () => {
  const { dial, desk, door } = await open();
  const { secret } = await desk.add({ kind: 'token', holder: 'device', name: 'pump-7' });
  const device = { username: 'x', password: secret, clientId: 'pump-7', clean: false };
  const first = await dial(device);
  assert.equal((await packet(first)).code, 0);
  await first.send(wire.subscribe([['commands/pump-7', 1]]));
  await packet(first);
  for (const clientId of ['pump-7', '#', '+', '$SYS', 'a/b', 'pump-7/', 'device', 'x'.repeat(200)]) {
    const other = await dial({ clientId, clean: false });
    assert.deepEqual([(await packet(other)).present, first.ended], [false, false], clientId);
  }
  for (const clientId of ['device/pump-7/pump-7', 'operator/operator/x', 'application/a/'])
    assert.equal((await packet(await dial({ ...v5, clientId }))).code, 0x85, clientId);
  assert.equal((await packet(await dial({ ...v5, clientId: 'device/' }))).code, 0);
  await door.stop();
});

test('door: revoked while connected, a device is gone at once with its kept sessions, queued messages and retained values [ACC-13]', async () => {
  const { dial, desk, door } = await open();
  const { secret } = await desk.add({ kind: 'token', holder: 'device', name: 'pump-7' });
  const device = { username: 'x', password: secret, clean: false };
  const away = await dial({ ...device, clientId: 'away' });
  await packet(away);
  await away.send(wire.subscribe([['commands/pump-7', 1]]), wire.disconnect());
  const here = await dial({
    ...device,
    ...v5,
    clientId: 'here',
    will: { topic: 'devices/pump-7/status', payload: 'lost' },
  });
  await packet(here);
  await here.send(wire.publish({ ...v5, topic: 'sensors/pump-7/data', payload: '1', retain: true, qos: 1 }));
  await packet(here);
  const watcher = await dial({ clientId: 'watcher' });
  await packet(watcher);
  await watcher.send(
    wire.subscribe([
      ['devices/#', 0],
      ['sensors/#', 0],
    ]),
  );
  await until(() => watcher.take('publish').length === 1);
  await until(() => away.ended);
  door.publish({ topic: 'commands/pump-7', payload: Buffer.from('stop'), qos: 1 });
  const queued = () => [...door.operations.clients()].map((client) => [client.clientId, client.queued]);
  assert.deepEqual(new Map(queued() as [string, number][]).get('device/pump-7/away'), 1);

  await desk.bar('device', 'pump-7');
  assert.equal((await packet(here)).code, 0x87);
  await until(() => here.ended);
  assert.deepEqual(queued(), [['watcher', 0]]);
  assert.deepEqual(door.operations.retained('#')?.messages, []);
  const { topic, payload } = await packet(watcher);
  assert.deepEqual([topic, payload], ['sensors/pump-7/data', ''], 'the value is void, and the will was not published');
  assert.equal((await packet(await dial({ ...device, ...v5, clientId: 'here' }))).code, 0x86);
  assert.equal(watcher.ended, false);
  await door.stop();
});

test('door: of a device with two credentials, the revoked one closes its connection and the session stays [ACC-12]', async () => {
  const { dial, desk, door } = await open();
  const [one, two] = [0, 1].map(() => desk.add({ kind: 'token', holder: 'device', name: 'pump-7' }));
  const [old, fresh] = [await one!, await two!];
  const as = (secret: string, clientId: string) => ({ ...v5, username: 'x', password: secret, clientId, clean: false });
  const expiry = { properties: [wire.property(17, wire.u32(600))] };
  const first = await dial({ ...as(old.secret, 'a'), ...expiry });
  const second = await dial({ ...as(fresh.secret, 'b'), ...expiry });
  await packet(first);
  await packet(second);
  await desk.revoke(old.credential.id);
  assert.equal((await packet(first)).code, 0x87);
  assert.equal(second.ended, false);
  const again = await packet(await dial({ ...as(fresh.secret, 'a'), ...expiry }));
  assert.deepEqual([again.code, again.present], [0, true]);
  await door.stop();
});

test('door: of a large payload the intake gets the beginning and the size, and it passes to who subscribed [MQB-160]', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'edge-spool-'));
  const access = await openAccess({});
  const seen: unknown[] = [];
  const intake: Intake = {
    ...taking,
    takeLarge(topic, beginning, size) {
      seen.push([topic, beginning.length, size]);
      return topic === 'full' ? verdict.refused : verdict.plain;
    },
  };
  const listeners = [{ transport: 'tcp', host: '127.0.0.1', port: 0 }] as const;
  const spool = diskSpool({ dir: join(dir, 'spool') }, { disk: systemDisk });
  const world = { clock: systemClock, random: seeded(1), log: silentLog, gate: access.gate, spool };
  const door = mqttDoor({ listeners, clientsMax: 100, packetSizeMax: 2 ** 22, readMax: 300_000 }, world, intake);
  await door.start(access.signal);
  const peer = peerOn(await dialTcp(door.listening[0]!.port), 5);
  await peer.send(wire.connect({ version: 5 }), wire.subscribe([['plain', 0]], v5));
  assert.deepEqual([(await packet(peer)).code, (await packet(peer)).codes], [0, [0]]);
  const send = (topic: string, size: number) =>
    peer.send(wire.publish({ ...v5, topic, qos: 1, payload: 'x'.repeat(size) }));
  await send('read', 300_000);
  assert.equal((await packet(peer)).code, 0x10);
  await send('full', 3_000_000);
  assert.equal((await packet(peer)).code, 0x97);
  await send('plain', 3_000_000);
  const both = [await packet(peer), await packet(peer)];
  assert.equal(both.find(({ kind }) => kind === 'publish')?.payload?.length, 3_000_000);
  assert.deepEqual(seen, [
    ['full', 1_024, 3_000_000],
    ['plain', 1_024, 3_000_000],
  ]);
  await door.stop();
  await rm(dir, { recursive: true });
});
