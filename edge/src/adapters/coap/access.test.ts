import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeName, type OscoreContextOptions, oscore, oscoreContext, type ReplayStore } from '@selvedge/coap';
import { isFault, logTo, seededEntropy, silentLog } from '@selvedge/kernel';
import { simulatedClock } from '@selvedge/testkit';
import { diskSnapshots } from '../disk/snapshots.ts';
import { type SiteOptions, site } from './door.fixture.ts';
import { deviceOscore } from './file-oscore.ts';
import { snapshotReplayStore } from './replay-store.ts';

const secret = '000102030405060708090a0b0c0d0e0f';
const contexts = (...devices: readonly string[]): string =>
  JSON.stringify({
    contexts: devices.map((device, index) => ({
      device,
      masterSecret: secret.replace(/^00/, `0${index + 1}`),
      senderId: '00',
      recipientId: `1${index}`,
    })),
  });

/** The node's side, with its state on the node's own disk. */
const guarded =
  (secrets: string): NonNullable<SiteOptions['security']> =>
  (world, disk) =>
    deviceOscore({
      ...world,
      secrets: { text: secrets },
      store: snapshotReplayStore(diskSnapshots(disk.mount(), '/edge/oscore')),
    });

/** A device's side. */
async function deviceSide(index: number, options: Partial<OscoreContextOptions> = {}) {
  const context = oscoreContext({
    masterSecret: Buffer.from(secret.replace(/^00/, `0${index + 1}`), 'hex'),
    senderId: Buffer.of(0x10 + index),
    recipientId: Buffer.of(0),
    ...options,
  });
  const clock = simulatedClock();
  const store: ReplayStore = {
    load: async () => undefined,
    save: async () => undefined,
    forget: async () => undefined,
  };
  const side = oscore({ choose: () => context }, { store, clock, entropy: seededEntropy(9), log: silentLog });
  await side.add(context);
  return side;
}

test('coap access: without a credential only this machine is let in [EDG-111]', async () => {
  const one = await site();
  const [near, far] = [await one.client(), await one.client('10.0.0.9')];
  assert.equal(codeName((await near.post('sensors/a', { t: 1 })).code), '2.01');
  for (const path of ['sensors', 'sensors/a', 'commands/a']) assert.equal(await far.code(path), '4.01', path);
  for (const path of ['sensors?device=a', 'sensors/a', 'commands/a/c-1', 'devices/a/status'])
    assert.equal(codeName((await far.post(path, { t: 1 })).code), '4.01', path);
  assert.equal(one.node.report().readingsTotal, 1);
  const closed = await site({ gate: { local: false } });
  assert.equal(await (await closed.client()).code('sensors'), '4.01');
});

test('coap access: a socket beyond loopback takes nothing that OSCORE does not protect, not even a look around [EDG-112]', async () => {
  const one = await site({ plain: false, gate: { anonymous: true } });
  const far = await one.client('10.0.0.9');
  for (const path of ['.well-known/core', 'sensors', 'nothing']) assert.equal(await far.code(path), '4.01', path);
});

test('coap access: a device with an OSCORE context does what is its own, from wherever [EDG-113]', async () => {
  const one = await site({ plain: false, security: guarded(contexts('pump-7', 'pump-8')) });
  const pump = await one.client('10.0.0.9', await deviceSide(0));
  assert.equal(codeName((await pump.post('sensors/pump-7', { temperature: 91.5 })).code), '2.01');
  assert.equal(codeName((await pump.post('sensors/pump-8', { temperature: 91.5 })).code), '4.03');
  await one.run(3_000);
  assert.match((await pump.ask('commands/pump-7')).payload.toString(), /shutdown/);
  assert.equal(await pump.code('commands/pump-8'), '4.03');
  const sensors = (await pump.ask('sensors')).payload.toString();
  assert.equal(sensors, '{"devices":[]}', 'it may publish its readings, not read them');
});

test('coap access: replay windows survive a power cut, so what was heard before is not heard again [EDG-113]', async () => {
  const one = await site({ plain: false, security: guarded(contexts('pump-7')) });
  const side = await deviceSide(0);
  const pump = await one.client('10.0.0.9', side);
  const recorded: Buffer[] = [];
  one.lost.one = (bytes, from) => {
    if (from.host === '10.0.0.9') recorded.push(Buffer.from(bytes));
    return false;
  };
  await pump.post('sensors/pump-7', { t: 1 });
  one.powerCut();
  await one.boot();
  const thief = await one.raw('10.0.0.66');
  for (const bytes of recorded) thief.send(bytes);
  await one.run(1_000);
  assert.equal(one.node.report().readingsTotal, 0, 'the thief is challenged, and cannot answer');
  assert.equal(codeName((await pump.post('sensors/pump-7', { t: 2 })).code), '2.04');
});

test('coap access: who is turned out hears no more and is not let in again [EDG-114]', async () => {
  const one = await site({ plain: false, security: guarded(contexts('pump-7')) });
  const pump = await one.client('10.0.0.9', await deviceSide(0));
  const observation = await one.until(pump.observe(pump.target, { path: 'commands/pump-7' }));
  let over: unknown;
  void (async () => {
    for await (const _ of observation);
  })().then(
    () => (over = 'over'),
    (cause: unknown) => (over = cause),
  );
  await one.run(100);
  assert.equal(one.door.clients, 1);
  await one.access.desk.bar('device', 'pump-7');
  await one.run(1_000);
  assert.ok(over !== undefined);
  assert.equal(one.door.clients, 0);
  assert.equal(codeName((await pump.post('sensors/pump-7', { t: 1 })).code), '4.01');
});

test('coap access: a context that is wrong is left out and said without its secret; others are used [EDG-115]', async () => {
  const lines: string[] = [];
  const log = logTo((level, event, fields) => lines.push(`${level} ${event} ${JSON.stringify(fields)}`), 'debug');
  const broken = JSON.stringify({
    contexts: [{ device: 'a', masterSecret: `${secret}zz`, senderId: '', recipientId: '01' }],
  });
  for (const secrets of [broken, '{', '{}', contexts('a/b')]) {
    const life = { clock: simulatedClock(), entropy: seededEntropy(1), log };
    const store: ReplayStore = {
      load: async () => undefined,
      save: async () => undefined,
      forget: async () => undefined,
    };
    await deviceOscore({ ...life, secrets: { text: secrets }, store }).start(new AbortController().signal);
  }
  assert.deepEqual(
    lines.map((line) => line.split(' ').slice(0, 2).join(' ')),
    Array.from({ length: 4 }, () => 'error coap.secrets_refused'),
  );
  assert.ok(!lines.join().includes(secret.slice(4)));
  const one = await site({
    plain: false,
    security: (world) => {
      const store: ReplayStore = {
        load: (name) => (failing.add(name).size === 1 ? Promise.reject(new Error('disk')) : Promise.resolve(undefined)),
        save: async () => undefined,
        forget: async () => undefined,
      };
      const failing = new Set<string>();
      return deviceOscore({ ...world, secrets: { text: contexts('pump-7', 'pump-8') }, store });
    },
  });
  const pump = await one.client('10.0.0.9', await deviceSide(1));
  assert.equal(codeName((await pump.post('sensors/pump-8', { t: 1 })).code), '2.01');
});

test('coap access: /.well-known/core shows each the devices that it may read or speak for [EDG-116]', async () => {
  const one = await site();
  const near = await one.client();
  await near.post('sensors/pump-7', { t: 1 });
  const text = (await near.ask('.well-known/core')).payload.toString();
  assert.match(text, /<\/sensors>;rt="selvedge\.readings"/);
  assert.match(text, /<\/sensors\/pump-7>;rt="selvedge\.reading".*;obs/);
  const filtered = (await near.ask('.well-known/core?rt=selvedge.readings')).payload.toString();
  assert.match(filtered, /^<\/sensors>;[^,]*$/);
  assert.match((await near.ask('.well-known/core?href=/sensors/pump*')).payload.toString(), /^<\/sensors\/pump-7>/);
  const far = await one.client('10.0.0.9');
  assert.doesNotMatch((await far.ask('.well-known/core')).payload.toString(), /pump/, 'it is not let in');
});

test('coap access: /.well-known/core shows a device by OSCORE its own readings, and no other [EDG-116]', async () => {
  const one = await site({ plain: false, security: guarded(contexts('pump-7', 'pump-8')) });
  const [seven, eight] = [
    await one.client('10.0.0.7', await deviceSide(0)),
    await one.client('10.0.0.8', await deviceSide(1)),
  ];
  await seven.post('sensors/pump-7', { t: 1 });
  await eight.post('sensors/pump-8', { t: 1 });
  const text = (await seven.ask('.well-known/core')).payload.toString();
  assert.match(text, /sensors\/pump-7/);
  assert.doesNotMatch(text, /pump-8/);
});

test('coap access: a device whose context is taken out of the file is not believed any more, and another’s stays [EDG-128]', async () => {
  let edit = async (_text: string): Promise<void> => undefined;
  const one = await site({
    plain: false,
    security: (world, disk) =>
      deviceOscore({
        ...world,
        secrets: { text: contexts('pump-7', 'pump-8'), follow: async (changed) => void (edit = changed) },
        store: snapshotReplayStore(diskSnapshots(disk.mount(), '/edge/oscore')),
      }),
  });
  const [seven, eight] = [
    await one.client('10.0.0.7', await deviceSide(0)),
    await one.client('10.0.0.8', await deviceSide(1)),
  ];
  assert.equal(codeName((await seven.post('sensors/pump-7', { t: 1 })).code), '2.01');
  assert.equal(codeName((await eight.post('sensors/pump-8', { t: 1 })).code), '2.01');
  await one.until(edit(contexts('pump-7')));
  assert.equal(codeName((await seven.post('sensors/pump-7', { t: 2 })).code), '2.04', 'no challenge, no new beginning');
  await assert.rejects(eight.post('sensors/pump-8', { t: 2 }), (cause) => isFault(cause, 'COAP_TIMEOUT'));
});
