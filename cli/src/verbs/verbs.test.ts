import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Asked, scriptedCloud } from '../../test/scripted-cloud.ts';
import { type } from '../../test/typed.ts';
import { alertView, auditView, commandView, deviceView } from '../../test/views.ts';

test('device list: asks with its filters, and prints a row for each [CLI-5]', async () => {
  await using cloud = await scriptedCloud({ 'GET /v1/devices': () => ({ body: { devices: [deviceView], total: 3 } }) });
  const { code, out } = await type(`device list --text pump --type pump --node edge-1 --limit 1 --cloud ${cloud.url}`);
  assert.equal(code, 0);
  assert.deepEqual(cloud.asked[0]!.query, { text: 'pump', type: 'pump', node: 'edge-1', limit: '1' });
  assert.match(out, /ID +TYPE +NODE +STATE +READINGS +ALERTS +SEEN +LATEST/);
  assert.match(out, /pump-7 +pump +edge-1 +online +900 +1 .* temperature 61\.25, flowRate 3, open true/);
  assert.match(out, /2 more/);
  const json = (await type(`device list --json --cloud ${cloud.url}`)).json() as {
    total: number;
    devices: { id: string }[];
  };
  assert.deepEqual([json.total, json.devices[0]!.id], [3, 'pump-7']);
});

test('device show: `--json` has readings_total, names with units, and values under their own names [CLI-5]', async () => {
  await using cloud = await scriptedCloud({ 'GET /v1/devices/pump%207': () => ({ body: deviceView }) });
  const { code, json } = await type(['device', 'show', 'pump 7', '--json', '--cloud', cloud.url]);
  assert.equal(code, 0);
  assert.deepEqual(json(), {
    id: 'pump-7',
    node: 'edge-1',
    name: 'Pump 7',
    type: 'pump',
    online: true,
    readings_total: 900,
    alerts_active: 1,
    first_seen_ms: 1_764_000_000_000,
    last_seen_ms: 1_764_000_900_000,
    latest: { temperature: 61.25, flowRate: 3, open: true },
    latest_at_ms: 1_764_000_900_000,
  });
  assert.match((await type(['device', 'show', 'pump 7', '--cloud', cloud.url])).out, /readings +900/);
});

test('alert list: asks with its filters, and prints what they say [CLI-5]', async () => {
  await using cloud = await scriptedCloud({ 'GET /v1/alerts': () => ({ body: { alerts: [alertView] } }) });
  const { out } = await type(`alert list --state active --device pump-7 --cloud ${cloud.url}`);
  assert.deepEqual(cloud.asked[0]!.query, { state: 'active', device: 'pump-7', limit: '50' });
  assert.match(out, /pump-7 +major +active +3 .*temperature 91\.5 is above 80/);
  const json = (await type(`alert list --json --cloud ${cloud.url}`)).json() as { alerts: Record<string, unknown>[] };
  assert.equal(json.alerts[0]!['occurrences'], 3);
  assert.equal(json.alerts[0]!['raised_at_ms'], alertView.raisedAt);
});

for (const [verb, state] of [
  ['acknowledge', 'acknowledged'],
  ['clear', 'cleared'],
] as const) {
  test(`alert ${verb}: it changes an alert once; repeating it is safe and says already [CLI-7]`, async () => {
    let alert = alertView;
    const path = `/v1/alerts/${alertView.id}`;
    await using cloud = await scriptedCloud({
      [`GET ${path}`]: () => ({ body: alert }),
      [`POST ${path}/${verb}`]: () => ({ body: (alert = { ...alert, state }) }),
    });
    const line = `alert ${verb} ${alertView.id} --cloud ${cloud.url}`;
    assert.match((await type(line)).out, new RegExp(`is ${state}`));
    const again = await type(line);
    assert.equal(again.code, 0);
    assert.match(again.out, new RegExp(`already ${state}`));
    assert.equal(cloud.asked.filter(({ method }) => method === 'POST').length, 1);
  });
}

test('send: the command goes with its arguments, reason and time, and is not waited for [CLI-8]', async () => {
  await using cloud = await scriptedCloud({
    'POST /v1/devices/pump-7/commands': () => ({ status: 202, body: commandView }),
  });
  const argumentsGiven = [
    '--argument',
    'percentMax=50',
    '--argument',
    'now=true',
    '--argument',
    'note=a=b',
    '--argument',
    'zero=',
  ];
  const about = ['--reason', 'too loud', '--expires-in', '5m', '--cloud', cloud.url];
  const { code, out } = await type(['send', 'pump-7', 'throttle', ...argumentsGiven, ...about]);
  assert.equal(code, 0);
  assert.match(out, /c1 for pump-7 is queued/);
  assert.deepEqual(cloud.asked[0]!.body, {
    command: 'throttle',
    arguments: { percentMax: 50, now: true, note: 'a=b', zero: '' },
    reason: 'too loud',
    expiresInSeconds: 300,
  });
  const json = (await type(`send pump-7 throttle --json --cloud ${cloud.url}`)).json() as Record<string, unknown>;
  assert.deepEqual(json['arguments'], { percentMax: 50 });
  assert.equal(json['command'], 'throttle');
});

for (const [state, code] of [
  ['done', 0],
  ['failed', 1],
  ['expired', 1],
] as const) {
  test(`send --wait: it waits until the command is ${state}, and leaves with ${code} [CLI-8]`, async () => {
    const states = ['sent', 'delivered', state] as const;
    let looks = 0;
    const result = state === 'expired' ? null : { mode: 'slow' };
    await using cloud = await scriptedCloud({
      'POST /v1/devices/pump-7/commands': () => ({ status: 202, body: commandView }),
      'GET /v1/commands/c1': () => ({ body: { ...commandView, state: states[looks++], result } }),
    });
    const typed = await type(`send pump-7 throttle --wait --json --cloud ${cloud.url}`);
    assert.equal(typed.code, code);
    assert.equal((typed.json() as { state: string }).state, state);
    assert.equal(looks, 3);
    if (code === 1) assert.match(typed.err, /^Error: command c1 for pump-7 (failed|expired)/);
  });
}

test('audit: `--json` begins with balanced, lost and doubled; it leaves with 1 when something is wrong [CLI-6]', async () => {
  const wrong = { ...auditView, balanced: false, lost: 2, doubled: 1, altered: 3 };
  let found = auditView;
  await using cloud = await scriptedCloud({ 'GET /v1/audit': () => ({ body: found }) });
  const good = await type(`audit --json --cloud ${cloud.url}`);
  assert.equal(good.code, 0);
  assert.deepEqual(Object.entries(good.json() as object).slice(0, 3), [
    ['balanced', true],
    ['lost', 0],
    ['doubled', 0],
  ]);
  assert.match((await type(`audit --cloud ${cloud.url}`)).out, /Balanced: 0 lost, 0 doubled/);
  found = wrong;
  const bad = await type(`audit --json --cloud ${cloud.url}`);
  assert.equal(bad.code, 1);
  assert.deepEqual(Object.entries(bad.json() as object).slice(0, 3), [
    ['balanced', false],
    ['lost', 2],
    ['doubled', 1],
  ]);
  const text = await type(`audit --cloud ${cloud.url}`);
  assert.match(text.out, /NOT BALANCED: 2 lost, 1 doubled, 3 altered/);
  assert.equal(text.code, 1);
});

test('audit: `--since` is a length of time or a time, and anything else is refused [LED-10] [CLI-6]', async () => {
  await using cloud = await scriptedCloud({ 'GET /v1/audit': () => ({ body: auditView }) });
  const before = Date.now();
  await type(`audit --since 24h --cloud ${cloud.url}`);
  await type(`audit --since 2026-11-22T08:00Z --cloud ${cloud.url}`);
  const [ago, at] = cloud.asked.map(({ query }) => Number(query['since']));
  assert.ok(Math.abs(ago! - (before - 86_400_000)) < 60_000);
  assert.equal(at, Date.UTC(2026, 10, 22, 8));
  assert.equal((await type(`audit --since yesterday --cloud ${cloud.url}`)).code, 2);
});

test('audit: findings are told by node and code, and an answer that is missing is said [CLI-6]', async () => {
  const findings = [{ code: 'ROW_LOST', message: 'offset 7 is not in telemetry' }];
  const found = { ...auditView, balanced: false, complete: false, nodes: [{ ...auditView.nodes[0]!, findings }] };
  await using cloud = await scriptedCloud({ 'GET /v1/audit': () => ({ body: found }) });
  const { out } = await type(`audit --cloud ${cloud.url}`);
  assert.match(out, /edge-1: offset 7 is not in telemetry \(ROW_LOST\)/);
  assert.match(out, /Not every node answered/);
});

const reading = (sequence: number, device: string) => ({
  sequence,
  kind: 'reading',
  data: { device, node: 'edge-1', takenAt: 1_764_000_000_000, values: { temperature: 61.25 }, readingsTotal: sequence },
});
const hello = (sequence: number, resumed: boolean) => ({ kind: 'hello', sequence, resumed });

test('tail: it prints what is wanted, goes on after a broken feed, and says where it has a gap [CLI-9]', async () => {
  const alert = { sequence: 4, kind: 'alert', data: alertView };
  await using cloud = await scriptedCloud({}, [
    [hello(1, false), reading(2, 'pump-7'), reading(3, 'pump-8'), alert],
    [hello(4, false), reading(9, 'pump-7')],
  ]);
  const { code, out, err } = await type(`tail pump-7 --count 3 --cloud ${cloud.url}`);
  assert.equal(code, 0);
  assert.deepEqual(out.trimEnd().split('\n'), [
    '2025-11-24 16:00:00  pump-7  temperature 61.25',
    '2025-11-24 16:03:20  pump-7  ALERT major active: temperature 91.5 is above 80',
    '2025-11-24 16:00:00  pump-7  temperature 61.25',
  ]);
  assert.match(err, /gap/);
  assert.deepEqual(cloud.feedsAsked, [undefined, '4']);
});

test('tail: `--kind` narrows, `--json` prints one object a line [CLI-5, CLI-9]', async () => {
  const command = { sequence: 3, kind: 'command', data: commandView };
  const node = { sequence: 4, kind: 'node', data: { id: 'edge-1', online: false, lastSeen: 5 } };
  await using cloud = await scriptedCloud({}, [[hello(1, false), reading(2, 'pump-7'), command, node]]);
  const { out } = await type(`tail --kind command --kind node --json --count 2 --cloud ${cloud.url}`);
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual([lines[0]!['kind'], lines[0]!['command'], lines[0]!['state']], ['command', 'throttle', 'queued']);
  assert.deepEqual(lines[1], { sequence: 4, kind: 'node', node: 'edge-1', online: false, last_seen_ms: 5 });
});

test('tail: a reading that a policy wants analysed, or whose time is in doubt, says so [ROU-27]', async () => {
  const event = reading(2, 'pump-7');
  const marked = { ...event, data: { ...event.data, marks: ['timeFromEdge', 'analyse'] } };
  await using cloud = await scriptedCloud({}, [[hello(1, false), marked, marked]]);
  const { out } = await type(`tail --count 1 --cloud ${cloud.url}`);
  assert.equal(out, '2025-11-24 16:00:00  pump-7  temperature 61.25  [analyse]\n');
  await using again = await scriptedCloud({}, [[hello(1, false), marked]]);
  const { out: json } = await type(`tail --count 1 --json --cloud ${again.url}`);
  assert.deepEqual((JSON.parse(json) as { marks: unknown }).marks, ['timeFromEdge', 'analyse']);
});

test('console: it prints an address that signs in once, and nothing else', async () => {
  await using cloud = await scriptedCloud({ 'POST /v1/sign-ins': () => ({ status: 201, body: { code: 'a.b/c' } }) });
  assert.equal((await type(`console --cloud ${cloud.url}`)).out, `${cloud.url}/signin?code=a.b%2Fc\n`);
});

test('fault: it knows the faults of every part, by code, in any case [CLI-11]', async () => {
  const all = (await type('fault --json')).json() as { faults: { code: string; part: string }[] };
  const parts = new Set(all.faults.map(({ part }) => part));
  for (const part of ['cli', 'cloud', 'device', 'edge', 'journal', 'kernel', 'mqtt', 'trust'])
    assert.ok(parts.has(part), part);
  for (const one of ['COAP_TIMEOUT', 'COAP_OSCORE_STATE_DAMAGED', 'COAP_SECRETS_INVALID', 'BRIDGE_REFUSED'])
    assert.equal(all.faults.filter((fault) => fault.code === one).length, 1, one);
  const { code, out } = await type('fault journal_full');
  assert.equal(code, 0);
  assert.match(out, /JOURNAL_FULL[\s\S]*journal[\s\S]*after a while/);
  const json = (await type('fault OUTBOX_FULL --json')).json() as Record<string, unknown>;
  assert.deepEqual([json['code'], json['part'], json['retry']], ['OUTBOX_FULL', 'device', 'later']);
});

test('config: the manual names every setting with its variable; `--shown` gives what is in force, without secrets [CLI-12]', async () => {
  const manual = await type('config edge');
  assert.match(manual.out, /mqtt\.port\n.*\n.*default 1883; SELVEDGE_EDGE_MQTT_PORT/);
  const json = (await type('config cloud --json')).json() as { settings: { name: string; variable: string }[] };
  assert.ok(json.settings.some(({ name, variable }) => name === 'api.port' && variable === 'SELVEDGE_CLOUD_API_PORT'));
  const env = { SELVEDGE_EDGE_MQTT_PORT: '1999', SELVEDGE_EDGE_LINK_TOKEN: 'hush', SELVEDGE_CLOUD_URL: 'http://x' };
  const shown = await type('config edge --shown --json', { env });
  assert.equal((shown.json() as { settings: Record<string, string> }).settings['mqtt.port'], '1999');
  assert.doesNotMatch(shown.out, /hush/);
  assert.equal((await type('config cloud --shown', { env })).code, 0);
  const wrong = await type('config edge --shown', { env: { SELVEDGE_EDGE_MQTT_PORT: 'x' } });
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /mqtt\.port \(SELVEDGE_EDGE_MQTT_PORT\)/);
});

test('version: it says which one', async () => {
  assert.match((await type('version')).out, /^selvedge \d+\.\d+\.\d+ \(Node \d+/);
  assert.ok('selvedge' in ((await type('version --json')).json() as object));
});

test('start and stop: without an `up` they are unreachable, and say how to start one [CLI-2, CLI-25]', async () => {
  for (const line of ['stop cloud', 'start edge']) {
    const { code, err } = await type(`${line} --data /nowhere`);
    assert.equal(code, 3);
    assert.match(err, /no `selvedge up` runs on \/nowhere/);
  }
});

test('a request carries the token and asks for nothing twice', async () => {
  const seen: Asked[] = [];
  await using cloud = await scriptedCloud({
    'GET /v1/devices/pump-7'(asked) {
      seen.push(asked);
      return { body: deviceView };
    },
  });
  await type(`device show pump-7 --cloud ${cloud.url}`);
  assert.deepEqual(
    seen.map(({ authorization }) => authorization),
    ['Bearer t0ken'],
  );
});
