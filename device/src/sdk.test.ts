import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault, millis, seconds } from '@selvedge/kernel';
import { type Bench, bench } from '../test/bench.ts';
import type { Device } from './index.ts';

/** A connected device on a bench. */
async function connected(about: Parameters<Bench['boot']>[0] = {}): Promise<{ one: Device } & Bench> {
  const set = bench();
  const one = set.boot(about);
  const ready = one.connect().then(() => one.online());
  await set.pass(1_000);
  await ready;
  return { one, ...set };
}

/** What became of a promise so far. */
function watch(promise: Promise<unknown>): { outcome: string } {
  const seen = { outcome: 'waiting' };
  promise.then(
    () => (seen.outcome = 'done'),
    (cause: unknown) => (seen.outcome = isFault(cause) ? cause.code : String(cause)),
  );
  return seen;
}

test('device: a report settles when the edge has acknowledged it, and not before [DEV-1]', async () => {
  const { one, edge, pass } = await connected();
  edge.down = true;
  edge.cut();
  const report = watch(one.report({ temperature: 21 }));
  await pass(60_000);
  assert.equal(report.outcome, 'waiting');
  assert.equal(one.status().outbox.pending, 1);
  assert.equal(edge.stored.length, 0);
  edge.down = false;
  await pass(60_000);
  assert.equal(report.outcome, 'done');
  assert.deepEqual(
    edge.stored.map((reading) => reading.values),
    [{ temperature: 21 }],
  );
  assert.equal(one.status().outbox.pending, 0);
});

test('device: every start has a higher boot counter, and numbers its readings from 0 [DEV-2]', async () => {
  const { one, edge, pass, boot } = await connected();
  for (const temperature of [1, 2, 3]) watch(one.report({ temperature }));
  await pass(1_000);
  const stopping = one.stop();
  await pass(1_000);
  await stopping;
  const next = boot();
  const ready = next.connect();
  await pass(1_000);
  await ready;
  watch(next.report({ temperature: 4 }));
  await pass(1_000);
  assert.deepEqual(
    edge.stored.map((reading) => reading.seq),
    [0, 1, 2, 0],
  );
  assert.equal(edge.stored[3]!.boot, next.status().boot);
  assert.ok(next.status().boot > one.status().boot);
});

test('device: readings of an outage arrive in order, each once, also over a restart [DEV-3, DEV-4]', async () => {
  const set = bench();
  let one = set.boot();
  set.edge.down = true;
  const first = one.connect();
  await set.pass(100);
  await first;
  for (let n = 0; n < 50; n++) watch(one.report({ n }));
  await set.pass(2_000);
  set.crash({ power: true });
  one = set.boot();
  const second = one.connect();
  await set.pass(100);
  await second;
  for (let n = 50; n < 100; n++) watch(one.report({ n }));
  set.edge.down = false;
  for (let cuts = 0; cuts < 10; cuts++) {
    await set.pass(90);
    set.edge.cut();
  }
  await set.pass(120_000);
  assert.deepEqual(
    set.edge.stored.map((reading) => reading.values['n']),
    Array.from({ length: 100 }, (_, n) => n),
  );
  assert.equal(one.status().outbox.pending, 0);
});

test('device: no more readings are in flight than allowed, by the device or by the edge [DEV-5]', async () => {
  const few = await connected({ inFlightMax: 4 });
  for (let n = 0; n < 40; n++) watch(few.one.report({ n }));
  await few.pass(5_000);
  assert.equal(few.edge.inFlightSeen, 4);
  assert.equal(few.edge.stored.length, 40);
  const many = await connected({ inFlightMax: 1_000 });
  for (let n = 0; n < 40; n++) watch(many.one.report({ n }));
  await many.pass(5_000);
  assert.equal(many.edge.inFlightSeen, 16);
});

test('device: a full outbox refuses, and says by how much it is full [DEV-6]', async () => {
  const { one, edge, pass } = await connected({ outbox: { readingsMax: 10 } });
  edge.down = true;
  edge.cut();
  const reports = Array.from({ length: 12 }, (_, n) => watch(one.report({ n })));
  await pass(1_000);
  assert.deepEqual(
    reports.map((report) => report.outcome),
    [...Array.from({ length: 10 }, () => 'waiting'), 'OUTBOX_FULL', 'OUTBOX_FULL'],
  );
  assert.equal(one.status().outbox.refused, 2);
  edge.down = false;
  await pass(60_000);
  assert.equal(edge.stored.length, 10);
  const again = watch(one.report({ n: 12 }));
  await pass(1_000);
  assert.equal(again.outcome, 'done');
});

test('device: when told so, the oldest expendable readings give way, and no others [DEV-6]', async () => {
  const { one, edge, pass } = await connected({ outbox: { readingsMax: 4, whenFull: 'drop-oldest' } });
  edge.down = true;
  edge.cut();
  const report = (n: number, expendable: boolean) => watch(one.report({ n }, { expendable }));
  const reports = [
    report(0, true),
    report(1, false),
    report(2, true),
    report(3, false),
    report(4, false),
    report(5, true),
  ];
  await pass(1_000);
  assert.deepEqual(
    reports.map((one) => one.outcome),
    ['READING_DROPPED', 'waiting', 'READING_DROPPED', 'waiting', 'waiting', 'waiting'],
  );
  report(6, false);
  const last = report(7, false);
  await pass(1_000);
  assert.equal(last.outcome, 'OUTBOX_FULL');
  edge.down = false;
  await pass(60_000);
  assert.deepEqual(
    edge.stored.map((reading) => reading.values['n']),
    [1, 3, 4, 6],
  );
});

test('device: a reading that no door would take is refused where it is made [DEV-10]', async () => {
  const { one } = await connected();
  for (const values of [{}, { x: Number.NaN }, { $seq: 1 }, { timestamp: 1 }, { '': 1 }, { x: 'a'.repeat(2_000) }])
    await assert.rejects(one.report(values), (cause) => isFault(cause, 'READING_UNFIT'));
  await assert.rejects(one.report({ x: 1 }, { takenAt: 12 }), (cause) => isFault(cause, 'READING_UNFIT'));
});

test('device: what the edge refuses for now comes again, what it refuses for ever is told and given up [DEV-11]', async () => {
  const { one, edge, pass } = await connected();
  edge.refuse.times = 3;
  const reports = Array.from({ length: 8 }, (_, n) => watch(one.report({ n })));
  await pass(120_000);
  assert.ok(reports.every((report) => report.outcome === 'done'));
  assert.equal(edge.stored.length, 8);
  Object.assign(edge.refuse, { times: 1, hopeless: true });
  const hopeless = watch(one.report({ n: 8 }));
  await pass(1_000);
  assert.equal(hopeless.outcome, 'READING_REFUSED');
  assert.equal(one.status().outbox.pending, 0);
});

test('device: an edge that acknowledges nothing for 30 s is tried over a new connection [DEV-19]', async () => {
  const { one, edge, pass } = await connected();
  edge.mute = true;
  const reports = Array.from({ length: 20 }, (_, n) => watch(one.report({ n })));
  await pass(20_000);
  assert.equal(edge.stored.length, 16);
  edge.mute = false;
  await pass(60_000);
  assert.ok(reports.every((report) => report.outcome === 'done'));
  assert.equal(edge.stored.length, 20);
  assert.equal(edge.duplicates, 16);
  await pass(600_000);
  assert.equal(one.status().online, true);
});

test('device: it says online while it is connected, and offline when it stops or disappears [DEV-12]', async () => {
  const { one, edge, pass, crash, boot } = await connected({ type: 'pump' });
  assert.equal(edge.status?.online, true);
  assert.equal(edge.status?.['type'], 'pump');
  const stopping = one.stop();
  await pass(1_000);
  await stopping;
  assert.equal(edge.status?.online, false);
  const again = boot();
  void again.connect();
  await pass(1_000);
  assert.equal(edge.status?.online, true);
  crash({ power: false });
  assert.deepEqual(edge.status, { online: false });
});

test('device: after a stop nothing is taken any more, and what is left goes at the next start [DEV-3]', async () => {
  const { one, edge, pass, boot } = await connected();
  edge.down = true;
  edge.cut();
  const left = watch(one.report({ n: 1 }));
  const stopping = one.stop();
  await pass(5_000);
  await stopping;
  assert.equal(left.outcome, 'DEVICE_STOPPED');
  await assert.rejects(one.report({ n: 2 }), (cause) => isFault(cause, 'DEVICE_STOPPED'));
  await assert.rejects(one.connect(), (cause) => isFault(cause, 'DEVICE_STOPPED'));
  await one.stop();
  edge.down = false;
  void boot().connect();
  await pass(5_000);
  assert.equal(edge.stored.length, 1);
});

test('device: it tries again with growing, random waits that never exceed the longest [DEV-13]', async () => {
  const { one, edge, world, pass } = await connected({ retry: { min: millis(500), max: seconds(20) } });
  edge.down = true;
  edge.cut();
  await pass(3_600_000);
  const tries = world.history.lines.filter((line) => line.event === 'edge.lost').map((line) => line.at);
  const waits = tries.slice(1).map((at, index) => at - tries[index]!);
  assert.ok(Math.max(...waits) <= 20_100, `longest ${Math.max(...waits)}`);
  assert.ok(waits.length > 180 && waits.length < 720, `${waits.length} tries in an hour`);
  assert.match(one.status().lastFailure!, /down/);
});

test('device: a full disk is told to whoever reports, and is no more once there is room [DEV-18]', async () => {
  const { one, edge, plate, pass } = await connected();
  plate.resize(plate.usedBytes);
  const refused = watch(one.report({ n: 1, text: 'x'.repeat(900) }));
  await pass(3_000);
  assert.equal(refused.outcome, 'JOURNAL_DISK_FULL');
  plate.resize(2 ** 30);
  await pass(3_000);
  const taken = watch(one.report({ n: 2 }));
  await pass(3_000);
  assert.equal(taken.outcome, 'done');
  assert.deepEqual(
    edge.stored.map((reading) => reading.values),
    [{ n: 2 }],
  );
});

test('device: an option that makes no sense is named [DEV-14]', () => {
  const { boot } = bench();
  const wrong = [
    { id: 'a/b' },
    { url: 'http://x' },
    { outbox: { sizeMax: 1 } },
    { outbox: { readingsMax: 0 } },
    { inFlightMax: 0 },
    { username: '' },
    { url: 'mqtt://x', tls: {} },
  ];
  for (const options of wrong)
    assert.throws(
      () => boot(options),
      (cause) => isFault(cause, 'DEVICE_OPTION_INVALID'),
    );
  assert.throws(
    () => boot({ retry: { min: seconds(2), max: seconds(1) } }),
    (cause) => isFault(cause, 'DEVICE_OPTION_INVALID'),
  );
});

test('device: half of an identity is refused, and no message holds a key or a password [DEV-14, DEV-20]', () => {
  const { boot } = bench();
  const url = 'mqtts://edge.example';
  const certificate = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
  const key = '-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----\n';
  const wrong = [
    ['password', { password: 'hush' }],
    ['url', { url: 'mqtt://pump:hush@edge.example' }],
    ['url', { url: 'http://pump:hush@edge.example' }],
    ['tls', { tls: { key, certificate } }],
    ['tls.certificate', { url, tls: { key } }],
    ['tls.certificate', { url, tls: { certificate } }],
    ['tls.certificate', { url, tls: { certificate: key, key } }],
    ['tls.authority', { url, tls: { authority: 'hush' } }],
    ['tls.key', { url, tls: { certificate, key: 'hush' } }],
  ] as const;
  for (const [name, options] of wrong)
    assert.throws(
      () => boot(options),
      (cause) =>
        isFault(cause, 'DEVICE_OPTION_INVALID') &&
        cause.facts['name'] === name &&
        !/hush/.test(cause.message + JSON.stringify(cause.facts)),
      name,
    );
  for (const options of [
    { username: 'pump' },
    { username: 'pump', password: 'hush' },
    { url, tls: { authority: certificate, certificate, key } },
  ])
    assert.doesNotThrow(() => boot(options));
});
