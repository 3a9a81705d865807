import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ClientResponse, codeName, contentFormats } from '@selvedge/coap';
import { encodeCbor, parseCbor } from '@selvedge/protocol';
import { site } from './door.fixture.ts';

const codeOf = ({ code }: ClientResponse): string => codeName(code);

test('coap readings: a post is answered 2.01 for a new device, then 2.04, and the last reading is there [EDG-100]', async () => {
  const one = await site();
  const client = await one.client();
  assert.equal(await client.code('sensors/pump-7'), '4.04');
  const created = await client.post('sensors/pump-7', { temperature: 20.5, on: true, mode: 'auto' });
  assert.equal(codeOf(created), '2.01');
  assert.deepEqual(created.locationPath, ['sensors', 'pump-7']);
  assert.equal(codeOf(await client.post('sensors/pump-7', { temperature: 21, $boot: 1, $seq: 0 })), '2.04');
  assert.equal(codeOf(await client.post('sensors/pump-7', { temperature: 99, $boot: 1, $seq: 0 })), '2.04');
  const { device, boot, seq, values } = (await client.json('sensors/pump-7')) as Record<string, unknown>;
  assert.deepEqual({ device, boot, seq, values }, { device: 'pump-7', boot: 1, seq: 0, values: { temperature: 21 } });
  assert.equal(one.node.report().readingsTotal, 2);
});

test('coap readings: nothing is acknowledged before it is durable, whatever the disk does [EDG-100]', async () => {
  const one = await site();
  const client = await one.client();
  one.disk.resize(one.disk.usedBytes);
  const refused = await client.post('sensors/a', { t: 1, $boot: 1, $seq: 0 });
  assert.equal(codeOf(refused), '5.03');
  assert.ok(refused.maxAge > 0 && refused.maxAge < 60);
  assert.equal(await client.code('sensors/a'), '4.04');
  one.disk.resize(1e9);
  await one.run(3_000);
  assert.equal(codeOf(await client.post('sensors/a', { t: 1, $boot: 1, $seq: 0 })), '2.01');
  one.powerCut();
  await one.boot();
  const audit = await one.until(one.node.audit());
  assert.equal(audit.journaledReadings, 1);
});

test('coap readings: a commit that takes long is acknowledged empty, and answered in a message of its own [EDG-100]', async () => {
  const one = await site({ diskDelayMax: 4_000 });
  const client = await one.client();
  const sent: string[] = [];
  one.lost.one = (bytes) => {
    sent.push(`${['CON', 'NON', 'ACK', 'RST'][(bytes[0]! >> 4) & 3]} ${codeName(bytes[1]!)}`);
    return false;
  };
  assert.equal(codeOf(await client.post('sensors/a', { t: 1 })), '2.01');
  assert.deepEqual(sent.slice(0, 3), ['CON 0.02', 'ACK 0.00', 'CON 2.01']);
  one.powerCut();
  await one.boot();
  assert.equal((await one.until(one.node.audit())).journaledReadings, 1);
});

test('coap readings: what does not fit is in quarantine before 4.22 says why [EDG-101]', async () => {
  const one = await site();
  const client = await one.client();
  const answer = await client.post('sensors/pump-7', '{"temperature":');
  assert.equal(codeOf(answer), '4.22');
  assert.match(answer.payload.toString(), /^payload-not-json: /);
  assert.equal(one.node.report().quarantinedTotal, 1);
  const large = await client.post('sensors/pump-7', `{"t":"${'x'.repeat(70_000)}"}`);
  assert.equal(codeOf(large), '4.13');
});

test('coap readings: JSON, CBOR and SenML go in and come out; another format is 4.15 or 4.06 [EDG-102]', async () => {
  const one = await site();
  const client = await one.client();
  // A device whose clock is ahead a little.
  const at = one.world.clock.wall() + 1_000;
  const senml = [
    { bt: at / 1_000, n: 'temperature', v: 20.5 },
    { n: 'on', vb: true },
    { n: 'mode', vs: 'auto' },
  ];
  const bodies: readonly [number, Uint8Array | string][] = [
    [contentFormats.json, JSON.stringify([{ temperature: 1 }, { temperature: 2 }])],
    [contentFormats.cbor, encodeCbor(new Map([['temperature', 3]]))],
    [
      contentFormats.senmlCbor,
      encodeCbor([
        new Map<number, number | string>([
          [0, 'temperature'],
          [2, 4],
        ]),
      ]),
    ],
    [contentFormats.senmlJson, JSON.stringify(senml)],
  ];
  for (const [contentFormat, payload] of bodies)
    assert.match(codeOf(await client.post('sensors/p', payload, { contentFormat })), /^2\.0[14]$/, `${contentFormat}`);
  assert.equal(one.node.report().readingsTotal, 5);
  const values = { temperature: 20.5, on: true, mode: 'auto' };
  const json = (await client.json('sensors/p', { accept: contentFormats.json })) as Record<string, unknown>;
  assert.deepEqual(json['values'], values);
  assert.deepEqual(await client.json('sensors/p', { accept: contentFormats.senmlJson }), [
    { bn: 'p:', bt: at / 1_000, n: 'mode', vs: 'auto' },
    { n: 'on', vb: true },
    { n: 'temperature', v: 20.5 },
  ]);
  for (const accept of [contentFormats.cbor, contentFormats.senmlCbor]) {
    const { payload, contentFormat } = await client.ask('sensors/p', { accept });
    assert.equal(contentFormat, accept);
    assert.ok('value' in parseCbor(payload, 0, payload.length));
  }
  assert.equal(await client.code('sensors/p', { accept: contentFormats.xml }), '4.06');
  assert.equal(codeOf(await client.post('sensors/p', '<t/>', { contentFormat: contentFormats.xml })), '4.15');
  await client.post('sensors/a b', { t: 1 });
  assert.equal(await client.code('sensors/a b', { accept: contentFormats.senmlJson }), '4.06');
  assert.equal(await client.code('sensors/a b', { accept: contentFormats.cbor }), '2.05');
});

test('coap readings: all devices at once, and a post that names its devices in query or payload [EDG-103]', async () => {
  const one = await site();
  const client = await one.client();
  assert.equal(codeOf(await client.post('sensors?device=a', { t: 1 })), '2.01');
  assert.equal(codeOf(await client.post('sensors', { device_id: 'b', t: 2 })), '2.01');
  const both = [
    { device: 'a', t: 3 },
    { device: 'c', t: 4 },
  ];
  assert.equal(codeOf(await client.post('sensors', both)), '2.01');
  const cbor = encodeCbor(
    new Map<string, string | number>([
      ['device', 'd'],
      ['t', 5],
    ]),
  );
  assert.equal(codeOf(await client.post('sensors', cbor, { contentFormat: contentFormats.cbor })), '2.01');
  const { devices } = (await client.json('sensors')) as { devices: { device: string; values: unknown }[] };
  assert.deepEqual(
    devices.map(({ device, values }) => [device, values]),
    [
      ['a', { t: 3 }],
      ['b', { t: 2 }],
      ['c', { t: 4 }],
      ['d', { t: 5 }],
    ],
  );
  const senml = [{ n: 't', v: 1 }];
  for (const [body, contentFormat] of [
    [{ t: 1 }, 50],
    [{ device: 5, t: 1 }, 50],
    [[], 50],
    [null, 50],
    ['{', 50],
    [senml, 110],
    [{ device: 'a/b', t: 1 }, 50],
    [encodeCbor(5), 60],
    [Buffer.of(0xff), 60],
  ] as const)
    assert.equal(codeOf(await client.post('sensors', body, { contentFormat })), '4.00', JSON.stringify(body));
  assert.equal(codeOf(await client.post('sensors/%', { t: 1 })), '2.01');
  assert.equal(codeOf(await client.post('sensors/+', { t: 1 })), '4.00');
});

test('coap readings: an ETag that is still good is answered 2.03; If-None-Match holds for a new device alone [EDG-104]', async () => {
  const one = await site();
  const client = await one.client();
  assert.equal(codeOf(await client.post('sensors/a', { t: 1 }, { ifNoneMatch: true })), '2.01');
  assert.equal(codeOf(await client.post('sensors/a', { t: 2 }, { ifNoneMatch: true })), '4.12');
  const { etag } = await client.ask('sensors/a');
  assert.equal(await client.code('sensors/a', { etags: [etag!] }), '2.03');
  assert.equal(await client.code('sensors/a', { etags: [etag!], accept: contentFormats.cbor }), '2.05');
  await client.post('sensors/a', { t: 2 });
  assert.equal(await client.code('sensors/a', { etags: [etag!] }), '2.05');
});

test('coap readings: after a power cut the last readings come back from the end of the journal [EDG-105]', async () => {
  const one = await site({ diskDelayMax: 50 });
  const client = await one.client();
  await client.post('sensors/a', { t: 1, mode: 'x' });
  await client.post('sensors/b', { t: 2 });
  const before = (await client.ask('sensors')).payload.toString();
  one.powerCut();
  await one.boot();
  const next = await one.client();
  for (const path of ['sensors', 'sensors/a', 'sensors/c'])
    assert.equal(await next.code(path), '5.03', `${path}: the journal is being read`);
  await one.run(2_000);
  assert.equal((await next.ask('sensors')).payload.toString(), before);
  assert.equal(await next.code('sensors/c'), '4.04');
});

test('coap readings: an observer gets each newer reading once it is durable, and no older one [EDG-106]', async () => {
  const one = await site();
  const client = await one.client();
  const other = await one.client();
  await client.post('sensors/a', { t: 1 });
  const observation = await one.until(other.observe(other.target, { path: 'sensors/a' }));
  const got: unknown[] = [];
  void (async () => {
    for await (const { payload } of observation)
      got.push((JSON.parse(payload.toString()) as { values: unknown }).values);
  })();
  await one.run(50);
  await client.post('sensors/a', { t: 2 });
  await one.run(50);
  await client.post('sensors/a', { t: 3, timestamp: one.world.clock.wall() - 3_600_000 });
  await client.post('sensors/b', { t: 4 });
  await one.run(50);
  await client.post('sensors/a', { t: 5 });
  await one.run(50);
  assert.deepEqual(got, [{ t: 1 }, { t: 2 }, { t: 5 }]);
  await observation.cancel();
});
