import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Asked, problem, type Script, scriptedCloud } from '../../test/scripted-cloud.ts';
import { type } from '../../test/typed.ts';

const client = {
  id: 'device/pump-7/a',
  connected: true,
  principal: { kind: 'device', name: 'pump-7' },
  address: '192.0.2.7:40000',
  secure: true,
  protocol: '5.0',
  connectedSince: 1_764_000_000_000,
  session: { expirySeconds: 60 },
  subscriptions: 2,
  queued: 3,
  queuedBytes: 2_048,
  inFlight: 1,
  received: 900,
  delivered: 12,
  receivedPerSecond: 10,
  deliveredPerSecond: 0.2,
};

/** Runs a line against an edge that answers so; with the token it was given. */
async function against(script: Script, line: readonly string[]) {
  await using edge = await scriptedCloud(script);
  const typed = await type([...line, '--edge', edge.url, '--token', 'se1.x']);
  for (const one of edge.asked) assert.equal(one.authorization, 'Bearer se1.x');
  return { ...typed, asked: edge.asked as readonly Asked[] };
}

test('broker clients: a row for each with its session, queue and rates; `--json` has the units in the names [ACC-25]', async () => {
  const script: Script = { 'GET /v1/broker/clients': () => ({ body: { clients: [client], more: true } }) };
  const { code, out, asked } = await against(script, ['broker', 'clients', '--limit', '1', '--after', 'a']);
  assert.equal(code, 0);
  assert.deepEqual(asked[0]!.query, { after: 'a', limit: '1' });
  assert.match(out, /device\/pump-7\/a +connected +192\.0\.2\.7:40000 +5\.0 TLS .* 3 \(2\.0 KiB\) +1 +10\.0 +0\.2/);
  assert.match(out, /--after device\/pump-7\/a/);
  const json = (await against(script, ['broker', 'clients', '--json'])).json() as {
    clients: Record<string, unknown>[];
  };
  assert.equal(json.clients[0]!['queued_bytes'], 2_048);
  assert.equal(json.clients[0]!['connected_since_ms'], client.connectedSince);
});

test('route explain: says policy, inputs, since when and what would change it; `--json` has the units in the names [ROU-8] [CLI-7]', async () => {
  const body = {
    device: 'pump-7',
    inputs: { state: 'online', costPerMb: 0, congestion: 0.6, capLeft: 1, load: 0 },
    streams: [
      {
        values: ['operator', 't'],
        policy: 'vibration',
        action: 'folded',
        why: 'clause 2 holds: congestion above 0.4 (now 0.6)',
        since: 96_000,
        inputsThen: { state: 'online', costPerMb: 0 },
        settledUntil: null,
        private: ['operator'],
        lane: 'high',
        changes: [{ to: 'raw', when: 'link offline (now online)' }],
      },
    ],
  };
  const script: Script = { 'GET /v1/routes/pump-7': () => ({ body }) };
  const { code, out } = await against(script, ['route', 'explain', 'pump-7']);
  assert.equal(code, 0);
  for (const part of [
    'pump-7, where state online',
    'operator, t: folded',
    'policy vibration; clause 2 holds',
    'never leaves the site: operator',
    'would be raw: link offline (now online)',
  ])
    assert.ok(out.includes(part), part);
  const json = (await against(script, ['route', 'explain', 'pump-7', '--json'])).json() as typeof body;
  assert.deepEqual((json.streams[0] as unknown as Record<string, unknown>)['since_ms'], 96_000);
  assert.equal((json.inputs as unknown as Record<string, unknown>)['cost_per_mb'], 0);
});

test('broker kick: the id is one path segment; one that is gone already is told so, with 0 [ACC-25] [CLI-7]', async () => {
  const path = 'DELETE /v1/broker/clients/device%2Fpump-7%2Fa';
  const line = ['broker', 'kick', 'device/pump-7/a'];
  assert.match((await against({ [path]: () => ({ status: 200, body: '' }) }, line)).out, /is disconnected/);
  const gone = await against({ [path]: () => problem(404, 'OPERATION_ABSENT', 'no such client') }, line);
  assert.deepEqual([gone.code, gone.out], [0, 'Client device/pump-7/a is already not connected.\n']);
});

test('broker retained: browses by filter and clears by topic [ACC-25]', async () => {
  const message = { topic: 'a/1', qos: 1, payloadBytes: 7, preview: '{"n":1}', from: null, expiresAt: null };
  const script: Script = {
    'GET /v1/broker/retained': () => ({ body: { messages: [message], more: false } }),
    'DELETE /v1/broker/retained/a%2F1': () => ({ status: 200, body: '' }),
  };
  const browsed = await against(script, ['broker', 'retained', 'a/#']);
  assert.deepEqual(browsed.asked[0]!.query, { filter: 'a/#', limit: '100' });
  assert.match(browsed.out, /a\/1 +1 +7 B +the node +- +\{"n":1\}/);
  assert.match((await against(script, ['broker', 'retained', '--clear', 'a/1'])).out, /a\/1 is cleared/);
  assert.match((await against(script, ['broker', 'retained', '--clear', 'b'])).err, /Error: there is no such thing/);
  assert.equal((await against(script, ['broker', 'retained', 'a', '--clear', 'a/1'])).code, 2);
});

test('broker trace: follows until the trace is over, a line for each packet [ACC-25]', async () => {
  const lines = [
    { at: 1_764_000_000_000, kind: 'connected' },
    {
      at: 1_764_000_000_001,
      kind: 'in',
      packet: 'SUBSCRIBE',
      bytes: 9,
      packetId: 3,
      filters: [{ filter: 't', options: 1 }],
    },
    { at: 1_764_000_000_002, kind: 'out', packet: 'SUBACK', bytes: 5, packetId: 3, codes: [1] },
  ];
  let looked = 0;
  const script: Script = {
    'POST /v1/broker/trace': () => ({ status: 202, body: {} }),
    'GET /v1/broker/trace/c': ({ query }) => {
      looked += 1;
      const from = Number(query['from']);
      return { body: { over: looked > 1, dropped: 0, lines: lines.slice(from, looked > 1 ? 3 : 2) } };
    },
  };
  const { code, out, asked } = await against(script, ['broker', 'trace', 'c', '--seconds', '5']);
  assert.equal(code, 0);
  assert.deepEqual(asked[0]!.body, { client: 'c', seconds: 5 });
  assert.deepEqual(
    out.split('\n').map((line) => line.slice(14)),
    ['connected', 'in   SUBSCRIBE    #3 t', 'out  SUBACK       #3 0x01', ''],
  );
  assert.equal((await against(script, ['broker', 'trace', 'c', '--seconds', '601'])).code, 2);
});

test('credential add: tells the secret once, and takes a chosen password from a file, never from the line [ACC-25]', async () => {
  const issued = { id: '4f0c2a91b7de', kind: 'token', holder: 'device', name: 'pump-7', createdAt: 1 };
  const script: Script = {
    'POST /v1/credentials': ({ body }) => {
      const { password } = body as { password?: string };
      return { status: 201, body: { ...issued, ...(password === undefined ? { secret: 'se1.s3cret' } : {}) } };
    },
  };
  const { out, asked } = await against(script, ['credential', 'add', 'device', 'pump-7']);
  assert.deepEqual(asked[0]!.body, { kind: 'token', holder: 'device', name: 'pump-7' });
  assert.match(out, /se1\.s3cret/);
  const dir = mkdtempSync(join(tmpdir(), 'credential-'));
  writeFileSync(join(dir, 'password'), 'correct horse\n');
  const chosen = await against(script, [
    'credential',
    'add',
    'device',
    'pump-7',
    '--password-file',
    join(dir, 'password'),
  ]);
  rmSync(dir, { recursive: true });
  assert.deepEqual(chosen.asked[0]!.body, {
    kind: 'password',
    holder: 'device',
    name: 'pump-7',
    password: 'correct horse',
  });
  assert.ok(!chosen.out.includes('horse'));
  assert.equal((await against(script, ['credential', 'add', 'robot', 'x'])).code, 2);
  assert.equal((await against(script, ['credential', 'add', 'device', 'x', '--kind', 'pin'])).code, 2);
});

test('credential list and revoke: one by its id; all of a holder only with --yes, after telling what goes [ACC-25]', async () => {
  const credential = {
    id: '4f0c2a91b7de',
    kind: 'token',
    holder: 'device',
    name: 'pump-7',
    createdAt: 1_764_000_000_000,
  };
  const bar = { holder: 'device', name: 'pump-8', at: 1_764_000_000_000, lifted: false };
  const script: Script = {
    'GET /v1/credentials': () => ({ body: { credentials: [credential], bars: [bar] } }),
    'DELETE /v1/credentials/4f0c2a91b7de': () => ({ body: '' }),
    'DELETE /v1/credentials/device/pump-7': () => ({ body: '' }),
    'DELETE /v1/credentials/gone': () => problem(404, 'CREDENTIAL_UNKNOWN', 'there is none'),
    'POST /v1/credentials/device/pump-8/readmission': () => ({ body: '' }),
  };
  const listed = await against(script, ['credential', 'list']);
  assert.match(listed.out, /4f0c2a91b7de +token +device +pump-7 +2025-/);
  assert.match(listed.out, /device +pump-8 +barred/);
  assert.match((await against(script, ['credential', 'revoke', '4f0c2a91b7de'])).out, /is revoked/);
  assert.match((await against(script, ['credential', 'revoke', 'gone'])).out, /already gone/);
  const planned = await against(script, ['credential', 'revoke', '--device', 'pump-7']);
  assert.deepEqual([planned.code, planned.asked.length], [2, 0]);
  const done = await against(script, ['credential', 'revoke', '--device', 'pump-7', '--yes']);
  assert.deepEqual([done.code, done.asked.length], [0, 1]);
  assert.equal((await against(script, ['credential', 'revoke'])).code, 2);
  assert.equal((await against(script, ['credential', 'revoke', 'x', '--device', 'y'])).code, 2);
  assert.match((await against(script, ['credential', 'readmit', 'device', 'pump-8'])).out, /readmitted/);
});

test('broker and credential: without a token they are refused, without an edge unreachable [ACC-25] [CLI-2]', async () => {
  const untold = await type('broker clients --data /nowhere');
  assert.equal(untold.code, 4);
  assert.match(untold.err, /nowhere\/edge\/operator\.token/);
  const alone = await type('credential list --edge http://127.0.0.1:1 --token x');
  assert.equal(alone.code, 3);
  assert.match(alone.err, /^Error: the edge at http:\/\/127\.0\.0\.1:1 does not answer/);
  const refused = await against({ 'GET /v1/credentials': () => problem(403, 'HTTP_FORBIDDEN', 'not yours') }, [
    'credential',
    'list',
  ]);
  assert.equal(refused.code, 4);
});

test('link: state, bytes by class and device, month and cost; `--json` has the units in the names [BUD-11]', async () => {
  const count = { frames: 3, bytes: 4_096, backlogBytes: 1_024, waiting: 2, demoted: 1, dropped: 0, refused: 0 };
  const month = { month: '2026-11', upBytes: 3_000_000, downBytes: 1_000_000, cost: 8 };
  const body = {
    mode: 'online',
    capacityBytesPerSecond: 8_000,
    capacityIsMeasured: true,
    congestion: 0.25,
    roundTripSeconds: 0.06,
    inFlightBytes: 512,
    windowBytes: 2_048,
    classes: [count, count, count, count],
    devices: [{ device: 'pump-7', records: 40, bytes: 900 }],
    meter: {
      link: 'lte',
      ...month,
      forecastBytes: 8_000_000,
      forecastCost: 16,
      capBytes: 1_000_000_000,
      before: [month],
    },
  };
  const script: Script = { 'GET /v1/link': () => ({ body }) };
  const { code, out } = await against(script, ['link']);
  assert.equal(code, 0);
  assert.match(out, /capacity +7\.8 KiB\/s, measured/);
  assert.match(out, /this month +3\.8 MiB of 953\.7 MiB on lte/);
  assert.match(out, /forecast +7\.6 MiB, cost 16\.00/);
  assert.match(out, /critical +4\.0 KiB +1\.0 KiB +3 +2 +1 +0 +0/);
  assert.match(out, /pump-7 +900 B +40/);
  const json = (await against(script, ['link', '--json'])).json() as Record<string, Record<string, unknown>>;
  assert.equal(json['meter']!['forecast_cost'], 16);
  assert.equal(json['capacity_bytes_per_second'], 8_000);
});
