import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordKind } from '@selvedge/protocol';
import { type DeviceIntake, verdict } from '../../ports.ts';
import { intakeSite, payload } from './intake.fixture.ts';

async function booted(seed = 1) {
  const site = intakeSite(seed);
  await site.boot();
  const take = (door: DeviceIntake, value: object) => {
    const bytes = payload(value);
    return door.takeReadings('a', 'json', bytes, 0, bytes.length);
  };
  return { site, take };
}

test('doors: a refusal reaches each door that brought something, whoever asks first [EDG-84]', async () => {
  const { site, take } = await booted();
  const [early, late] = [site.door(), site.door()];
  site.disk.fail('sync', 'EIO', 1);
  take(early, { t: 1 });
  take(late, { t: 2 });
  const asked = early.commit();
  assert.equal(await site.outcome(asked), 'JOURNAL_DISK_FAILED');
  // The other door asks only after the commit has failed: it must not pass for durable.
  assert.equal(await site.outcome(late.commit()), 'JOURNAL_DISK_FAILED');
  assert.deepEqual(await site.readings(), []);
});

test('doors: what befell one door is not told to another, before or after [EDG-84]', async () => {
  const { site, take } = await booted();
  const [unlucky, other] = [site.door(), site.door()];
  site.disk.fail('sync', 'EIO', 1);
  take(unlucky, { t: 1 });
  await site.run(5_000);
  take(other, { t: 2 });
  assert.equal(await site.outcome(other.commit()), 'durable');
  assert.equal(await site.outcome(unlucky.commit()), 'JOURNAL_DISK_FAILED');
  take(unlucky, { t: 3 });
  assert.equal(await site.outcome(unlucky.commit()), 'durable');
  assert.deepEqual(
    (await site.readings()).map((reading) => reading.values['t']),
    [2, 3],
  );
});

test('doors: a door that asked is told by what it asked for, and only once [EDG-84]', async () => {
  const { site, take } = await booted();
  const door = site.door();
  site.disk.fail('sync', 'EIO', 1);
  take(door, { t: 1 });
  assert.equal(await site.outcome(door.commit(), 5_000), 'JOURNAL_DISK_FAILED');
  assert.equal(await site.outcome(door.commit()), 'durable');
});

test('doors: of two requests under way at one door, each is told of its own commit [EDG-84]', async () => {
  const { site, take } = await booted();
  const door = site.door();
  site.disk.fail('sync', 'EIO', 1, 1);
  take(door, { t: 1 });
  const first = door.commit();
  // The first is on its way to the disk when the second begins to wait.
  await site.run(0.1);
  take(door, { t: 2 });
  const second = door.commit();
  second.catch(() => undefined);
  assert.deepEqual([await site.outcome(first), await site.outcome(second)], ['durable', 'JOURNAL_DISK_FAILED']);
  assert.equal((await site.readings()).length, 1);
});

test('doors: after a refusal a duplicate of something durable is acknowledged [EDG-84] [EDG-5]', async () => {
  const { site, take } = await booted();
  const door = site.door();
  take(door, { t: 1, $boot: 1, $seq: 0 });
  assert.equal(await site.outcome(door.commit()), 'durable');
  site.disk.fail('sync', 'EIO', 1);
  take(door, { t: 1, $boot: 1, $seq: 1 });
  assert.equal(await site.outcome(door.commit(), 5_000), 'JOURNAL_DISK_FAILED');
  assert.equal(take(door, { t: 1, $boot: 1, $seq: 0 }).verdict, verdict.duplicate);
  assert.equal(await site.outcome(door.commit()), 'durable');
});

test('doors: what comes after a refusal arrives at its own time [EDG-2]', async () => {
  const { site, take } = await booted();
  const door = site.door();
  for (const device of ['x', 'y']) door.takeReadings(device, 'json', payload({ t: 1 }), 0, 7);
  take(door, { t: 1 });
  await site.outcome(door.commit());
  assert.equal(door.takeReadings('one-too-many', 'json', payload({ t: 1 }), 0, 7).verdict, verdict.refused);
  await site.run(60_000);
  take(door, { t: 2 });
  await site.outcome(door.commit());
  const [, , first, second] = await site.readings();
  assert.ok(second!.receivedAt - first!.receivedAt >= 60_000);
});

test('doors: each payload is told apart as taken, duplicate or quarantined [EDG-81]', async () => {
  const { site, take } = await booted();
  const door = site.door();
  const seen = [{ t: 1, $boot: 1, $seq: 0 }, { t: 1, $boot: 1, $seq: 0 }, {}].map((one) => take(door, one));
  const status = door.takeStatus('a', payload('offline'), 0, 7);
  const nonsense = door.takeAnswer('a', payload('{'), 0, 1);
  assert.deepEqual(
    [...seen, status, nonsense].map((one) => [one.taken, one.duplicates, one.failure?.reason]),
    [
      [1, 0, undefined],
      [0, 1, undefined],
      [0, 0, 'no-value'],
      [1, 0, undefined],
      [0, 0, 'answer-unreadable'],
    ],
  );
});

test('doors: the name of a publish stands in one batch with its reading, wherever the batch ends [EDG-93]', async () => {
  for (let pad = 1; pad <= 200; pad += 5) {
    const site = intakeSite(pad);
    await site.boot();
    const door = site.door();
    for (let sequence = 1; sequence <= 1_000; sequence++) {
      // Numbers alone: for text more room is asked than is used, and the name would find its place there.
      const bytes = payload({ t: sequence, ...(sequence === 1 ? { text: 'x'.repeat(pad) } : {}) });
      door.take('sensors/a/data', bytes, 0, bytes.length, { clientId: 'c', packetId: 1, sequence });
    }
    assert.equal(await site.outcome(door.commit()), 'durable');
    const kinds: string[] = [];
    const batches = await site.batches();
    for (const bodies of batches)
      for (const body of bodies) kinds.push(body[0] === recordKind.reading ? 'reading' : 'name');
    assert.equal(kinds.join(), Array.from({ length: 1_000 }, () => 'reading,name').join());
    assert.ok(batches.length > 1);
    for (const bodies of batches) assert.equal(bodies.length % 2, 0, `pad ${pad}`);
  }
});

test('doors: the name of a publish is durable when its readings are, and not before; other things are not named [EDG-93]', async () => {
  let kept = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const site = intakeSite(seed);
    await site.boot();
    const door = site.door();
    const take = (topic: string, value: object, sequence: number): void => {
      const bytes = payload(value);
      door.take(topic, bytes, 0, bytes.length, { clientId: 'c', packetId: sequence, sequence });
    };
    for (let sequence = 1; sequence <= 5; sequence++) {
      take('sensors/a/data', { t: sequence, text: 'x'.repeat(seed * 30) }, sequence);
      if (sequence % 2 === 0) door.commit().catch(() => undefined);
      await site.run(seed % 3);
    }
    take('devices/a/status', { status: 'online' }, 6);
    door.commit().catch(() => undefined);
    await site.run((seed % 13) / 2);
    site.powerCut();
    await site.boot();
    const readings = (await site.readings()).map((reading) => reading.values['t']);
    const named = site.door().namedAfter!(0);
    assert.deepEqual(
      named.map(({ sequence }) => sequence),
      readings,
      `seed ${seed}`,
    );
    assert.deepEqual(
      site.door().namedAfter!(3),
      named.filter(({ sequence }) => sequence > 3),
    );
    kept += readings.length;
  }
  assert.ok(kept > 60 && kept < 300, `${kept} of 300: the cuts fell before and after`);
});
