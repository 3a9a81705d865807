import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visitRecords } from '@selvedge/journal';
import { decodeRecord, lanes, recordKind } from '@selvedge/protocol';
import type { DeviceIntake, ReadingsRequest } from '../../ports.ts';
import { type IntakeSite, intakeSite, payload } from './intake.fixture.ts';

function open(door: DeviceIntake, key?: string, device = 'a'): ReadingsRequest {
  const request = door.openRequest(device, 'json', key);
  assert.notEqual(request, 'busy');
  return request as ReadingsRequest;
}

/** Sends one body, part by part, and says how it ended: `durable` or the code of the fault. */
async function send(site: IntakeSite, door: DeviceIntake, key: string | undefined, parts: readonly object[][]) {
  const request = open(door, key);
  let end = 'durable';
  for (const [index, part] of parts.entries()) {
    let refusal: string | undefined;
    try {
      request.take(part.map(payload), index === parts.length - 1);
    } catch (cause) {
      refusal = (cause as { code: string }).code;
    }
    end = await site.outcome(request.commit());
    if (end === 'durable' && refusal !== undefined) end = refusal;
    if (end !== 'durable') break;
  }
  request.release();
  const { taken, duplicates, quarantined } = request.outcome;
  return { end, counts: [taken, duplicates, quarantined] };
}

test('requests: what was taken under a key is told again and not stored again, also after a power cut [EDG-82]', async () => {
  const site = intakeSite(1);
  await site.boot();
  const body = [[{ t: 1 }, {}, { t: 2 }]];
  const first = await send(site, site.door(), 'k', body);
  assert.deepEqual(first, { end: 'durable', counts: [2, 0, 1] });
  assert.deepEqual(await send(site, site.door(), 'k', body), first);
  site.powerCut();
  await site.boot();
  assert.deepEqual(await send(site, site.door(), 'k', body), first);
  assert.deepEqual([(await site.readings()).length, await site.quarantined()], [2, 1]);
});

test('requests: one cut off is continued where it was durable, in whatever parts it comes again [EDG-82]', async () => {
  const body = Array.from({ length: 40 }, (_, index) => ({ t: index }));
  const partsOf = (size: number): object[][] =>
    Array.from({ length: body.length / size }, (_, index) => body.slice(index * size, (index + 1) * size));
  for (let seed = 1; seed <= 30; seed++) {
    const site = intakeSite(seed);
    await site.boot();
    const request = open(site.door(), 'k');
    for (const part of partsOf(10).slice(0, seed % 4)) {
      request.take(part.map(payload), false);
      await site.outcome(request.commit());
    }
    // The cut comes before, within or after the commit of a part whose receipt nobody has been told.
    request.take(partsOf(10)[seed % 4]!.map(payload), seed % 4 === 3);
    request.commit().catch(() => undefined);
    await site.run((seed % 13) / 2);
    site.powerCut();
    await site.boot();
    const again = await send(site, site.door(), 'k', partsOf([4, 5, 8, 20, 40][seed % 5]!));
    assert.deepEqual(again, { end: 'durable', counts: [40, 0, 0] }, `seed ${seed}`);
    const values = (await site.readings()).map((reading) => reading.values['t']);
    assert.deepEqual(values, Array.from(body.keys()), `seed ${seed}`);
  }
});

test('requests: a key with other readings is refused, be they more, fewer or others, and nothing is stored [EDG-82]', async () => {
  const site = intakeSite(1);
  await site.boot();
  await send(site, site.door(), 'k', [[{ t: 1 }, { t: 2 }]]);
  for (const other of [[{ t: 1 }], [{ t: 1 }, { t: 3 }], [{ t: 1 }, { t: 2 }, { t: 3 }], []])
    assert.equal((await send(site, site.door(), 'k', [other])).end, 'INTAKE_KEY_REUSED');
  assert.equal((await site.readings()).length, 2);
  // Another device's key is another key.
  const request = open(site.door(), 'k', 'b');
  request.take([payload({ t: 9 })], true);
  assert.equal(await site.outcome(request.commit()), 'durable');
});

test('requests: two of one key at a time are not, at whichever door [EDG-82]', async () => {
  const site = intakeSite(1);
  await site.boot();
  const [one, other] = [site.door(), site.door()];
  const request = open(one, 'k');
  assert.equal(other.openRequest('a', 'json', 'k'), 'busy');
  assert.notEqual(other.openRequest('a', 'json', undefined), 'busy');
  request.release();
  assert.notEqual(other.openRequest('a', 'json', 'k'), 'busy');
});

test('requests: what the journal has no room for is refused as a whole, with and without a key [EDG-80]', async () => {
  const site = intakeSite(1, { sizeMax: 786_432 });
  await site.boot();
  site.journal.cursor('cloud', { classes: [0, 1, 2, 3], holds: true });
  const many = Array.from({ length: 200 }, (_, index) => ({ text: 'x'.repeat(700), n: index }));
  let taken = 0;
  while ((await send(site, site.door(), undefined, [many])).end === 'durable') taken += 200;
  assert.ok(taken > 0);
  assert.deepEqual(await send(site, site.door(), 'k', [many]), { end: 'JOURNAL_FULL', counts: [0, 0, 0] });
  assert.equal((await site.readings()).length, taken);
  assert.equal(site.receipts.size, 0);
});

test('requests: a refused commit leaves nothing under the key, and the same request succeeds later [EDG-82] [EDG-80]', async () => {
  const site = intakeSite(1);
  await site.boot();
  const door = site.door();
  site.disk.fail('sync', 'EIO', 1);
  const body = [[{ t: 1 }, { t: 2 }]];
  assert.deepEqual(await send(site, door, 'k', body), { end: 'JOURNAL_DISK_FAILED', counts: [0, 0, 0] });
  await site.run(5_000);
  assert.deepEqual(await send(site, door, 'k', body), { end: 'durable', counts: [2, 0, 0] });
  assert.equal((await site.readings()).length, 2);
});

test('requests: a receipt stands in one batch with the readings it tells of, and what is unfit before them [EDG-82]', async () => {
  const site = intakeSite(1);
  await site.boot();
  const part = Array.from({ length: 200 }, (_, index) => (index % 50 === 7 ? {} : { text: 'x'.repeat(800), n: index }));
  // So much that the first batch is full in the middle of it.
  await send(site, site.door(), undefined, [part]);
  await send(site, site.door(), 'k', [part]);
  let receipts = 0;
  for await (const batch of site.journal.read(0, { classes: [lanes.indexOf('high')] })) {
    visitRecords(batch, (body, start, end) => {
      const record = body[start] === recordKind.ledger ? decodeRecord(body, start, end) : undefined;
      if (!record?.ok) return;
      receipts += 1;
      const { receipt } = record.value.body as unknown as { receipt: { taken: number; failures: unknown[] } };
      assert.equal(batch.count, receipt.taken + 1);
      assert.equal(receipt.failures.length, 4);
    });
  }
  assert.equal(receipts, 1);
});

test('requests: a payload is taken whole or quarantined whole [EDG-81]', async () => {
  const site = intakeSite(1);
  await site.boot();
  const request = site.door().openRequest('a', 'senml', undefined) as ReadingsRequest;
  const now = 1_735_689_600;
  const record = (seconds: number) => ({ n: 'x', v: 1, t: seconds });
  request.take([payload([record(now), record(now + 86_400 * 30)]), payload([record(now), record(now + 1)])], true);
  await site.outcome(request.commit());
  assert.deepEqual(request.outcome, {
    taken: 2,
    duplicates: 0,
    quarantined: 1,
    failures: [{ payload: 0, reason: 'time-implausible', why: 'taken 30.0 days ahead' }],
  });
  assert.equal((await site.readings()).length, 2);
});

test('requests: a device beyond the bound is refused [EDG-7]', async () => {
  const site = intakeSite(1);
  await site.boot();
  for (const device of ['a', 'b', 'c']) open(site.door(), undefined, device).take([payload({ t: 1 })], true);
  assert.throws(() => open(site.door(), undefined, 'd').take([payload({ t: 1 })], true), {
    code: 'INTAKE_DEVICES_FULL',
  });
});
