import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { millis } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';
import { encodeCborItem } from './body/cbor.fixture.ts';
import { openDoor } from './door.fixture.ts';

const path = '/v1/devices/pump-7/readings';

test('http readings: every medium brings readings, one and many, as they are and compressed [EDG-80] [EDG-85]', async () => {
  await using door = await openDoor();
  const one = { temperature: 20 };
  const pack = [{ n: 'temperature', u: 'Cel', v: 20 }];
  const cases: readonly [type: string, body: string | Buffer, taken: number][] = [
    ['application/json', JSON.stringify(one), 1],
    ['application/json', JSON.stringify([one, one]), 2],
    ['application/x-ndjson', `${JSON.stringify(one)}\n${JSON.stringify(one)}\n`, 2],
    ['application/senml+json', JSON.stringify(pack), 1],
    ['application/cbor', encodeCborItem(one, false), 1],
    ['application/cbor', encodeCborItem([one, one, one], true), 3],
    ['application/senml+cbor', Buffer.from('81a2006b74656d706572617475726502f94d00', 'hex'), 1],
  ];
  let total = 0;
  for (const [type, body, taken] of cases) {
    const coded = [
      ['identity', Buffer.from(body as string)],
      ['gzip', gzipSync(body)],
      ['zstd', zstdCompressSync(body)],
    ] as const;
    for (const [coding, bytes] of coded) {
      const answer = await door.post(path, bytes, { 'content-type': type, 'content-encoding': coding });
      assert.equal(answer.status, 202, `${type} ${coding} ${JSON.stringify(answer.body)}`);
      assert.deepEqual(answer.body, { taken, duplicates: 0, quarantined: 0 });
      total += taken;
    }
  }
  assert.equal(door.node.report().readingsTotal, total);
  assert.equal((await door.node.audit()).journaledReadings, total);
});

test('http readings: a long body is taken part by part, and named readings that come again are duplicates [EDG-80] [EDG-5]', async () => {
  await using door = await openDoor();
  const lines = Array.from({ length: 3_000 }, (_, seq) => JSON.stringify({ t: 1, $boot: 1, $seq: seq })).join('\n');
  const type = { 'content-type': 'application/x-ndjson' };
  assert.deepEqual((await door.post(path, lines, type)).body, { taken: 3_000, duplicates: 0, quarantined: 0 });
  assert.deepEqual((await door.post(path, lines, type)).body, { taken: 0, duplicates: 3_000, quarantined: 0 });
});

test('http readings: what does not fit is named, and a body of which nothing fits is answered 422 [EDG-81] [EDG-91]', async () => {
  await using door = await openDoor();
  const mixed = await door.post(path, [{ t: 1 }, { t: 'x'.repeat(2_000) }, {}]);
  assert.equal(mixed.status, 202);
  assert.deepEqual(mixed.body, {
    taken: 1,
    duplicates: 0,
    quarantined: 2,
    failures: [
      { payload: 1, reason: 'value-too-long', why: (mixed.body['failures'] as { why: string }[])[0]!.why },
      { payload: 2, reason: 'no-value', why: 'the payload holds no value' },
    ],
  });
  const none = await door.post(path, '{"t":');
  assert.equal(none.status, 422);
  assert.equal(none.headers.get('content-type'), 'application/problem+json');
  const { code, reason, quarantined, detail, type } = none.body;
  assert.deepEqual(
    [code, reason, quarantined, detail, type],
    [
      'HTTP_UNFIT',
      'payload-not-json',
      1,
      'payload-not-json: 5 bytes that are not JSON',
      'urn:selvedge:fault:HTTP_UNFIT',
    ],
  );
  assert.equal(door.node.report().quarantinedTotal, 3);
});

test('http readings: one mistake repeated does not fill the quarantine [EDG-81]', async () => {
  await using door = await openDoor();
  const answer = await door.post(path, `[${'1,'.repeat(100_000)}1]`);
  assert.deepEqual([answer.status, answer.body['quarantined']], [422, 256]);
});

test('http readings: under a key a request is done once, and the key is of that request alone [EDG-82]', async () => {
  await using door = await openDoor();
  const key = { 'idempotency-key': 'k-1' };
  const first = await door.post(path, { t: 1 }, key);
  const again = await door.post(path, { t: 1 }, key);
  assert.deepEqual([again.status, again.body], [first.status, first.body]);
  assert.equal((await door.node.audit()).journaledReadings, 1);
  const other = await door.post(path, { t: 2 }, key);
  assert.deepEqual([other.status, other.body['code']], [422, 'INTAKE_KEY_REUSED']);
  const unfit = await door.post(path, {}, { 'idempotency-key': 'k-2' });
  assert.deepEqual((await door.post(path, {}, { 'idempotency-key': 'k-2' })).body, unfit.body);
  assert.equal(door.node.report().quarantinedTotal, 1);
  for (const bad of ['', ' ', 'a b', 'x'.repeat(256)])
    assert.equal((await door.post(path, { t: 1 }, { 'idempotency-key': bad })).status, 400, bad);
});

test('http readings: what is too large or not understood is refused by its own status [EDG-85] [EDG-91]', async () => {
  await using door = await openDoor({ bodyMax: 10_000, payloadMax: 1_000 });
  const statusOf = async (body: string | Buffer, headers: Record<string, string> = {}): Promise<unknown[]> => {
    const answer = await door.post(path, body, headers);
    return [answer.status, answer.body['code']];
  };
  assert.deepEqual(await statusOf(' '.repeat(10_001)), [413, 'HTTP_BODY_TOO_LARGE']);
  assert.deepEqual(await statusOf(gzipSync('\n'.repeat(1e6)), { 'content-encoding': 'gzip' }), [
    413,
    'HTTP_BODY_TOO_LARGE',
  ]);
  assert.deepEqual(await statusOf(`{"t":"${'x'.repeat(2_000)}"}`), [413, 'HTTP_PAYLOAD_TOO_LARGE']);
  assert.deepEqual(await statusOf('t=1', { 'content-type': 'text/plain' }), [415, 'HTTP_MEDIA_UNKNOWN']);
  const coded = await door.post(path, '{}', { 'content-encoding': 'br' });
  assert.deepEqual([coded.status, coded.headers.get('accept-encoding')], [415, 'gzip, zstd']);
  assert.deepEqual(await statusOf('{}', { 'content-encoding': 'gzip' }), [400, 'HTTP_INVALID']);
  assert.equal(door.node.report().readingsTotal, 0);
});

test('http readings: while the disk refuses nothing is stored, and the client learns when to come again [EDG-80]', async () => {
  await using door = await openDoor();
  door.state.isFull = true;
  const named = { t: 1, $boot: 1, $seq: 0 };
  for (const expected of ['JOURNAL_DISK_FULL', 'JOURNAL_DISK_FULL']) {
    const refused = await door.post(path, named, { 'idempotency-key': 'k' });
    assert.deepEqual([refused.status, refused.body['code'], refused.body['taken']], [503, expected, 0]);
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
  }
  door.state.isFull = false;
  let answer = await door.post(path, named, { 'idempotency-key': 'k' });
  while (answer.status === 503) {
    await systemClock.sleep(millis(100));
    answer = await door.post(path, named, { 'idempotency-key': 'k' });
  }
  assert.deepEqual(answer.body, { taken: 1, duplicates: 0, quarantined: 0 });
  assert.equal((await door.node.audit()).journaledReadings, 1);
});

test('http status: it is durable before the answer, and nonsense is kept aside [EDG-80] [EDG-81]', async () => {
  await using door = await openDoor();
  const status = '/v1/devices/pump-7/status';
  assert.equal((await door.post(status, 'offline', { 'content-type': 'text/plain' })).status, 202);
  assert.equal((await door.post(status, { status: 'online', battery: 3.1 })).status, 202);
  const answer = await door.post(status, 'well');
  assert.deepEqual([answer.status, answer.body['reason']], [422, 'payload-not-json']);
});
