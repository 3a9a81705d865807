import assert from 'node:assert/strict';
import { test } from 'node:test';
import { world } from '@selvedge/testkit';
import { auditView } from '../../test/views.ts';
import { portsFrom } from '../port-table.ts';
import type { CloudApi } from '../ports.ts';
import { childSpec, portsInForce, type UpPlan } from './child-specs.ts';
import { cutLink, cutVerdict } from './link-cut.ts';
import { portFault } from './port-fault.ts';
import { startTable } from './start-table.ts';
import { newsLine } from './tell-news.ts';

const ports = portsFrom(22_000);
const plan: UpPlan = {
  data: '/data',
  ports,
  consoleDir: '/console/dist',
  env: { PATH: '/bin', SELVEDGE_CLOUD_URL: 'http://x', SELVEDGE_EDGE_MQTT_CLIENTS_MAX: '9' },
  scripts: { cloud: '/cloud.ts', edge: '/edge.ts', demo: '/cli.ts' },
};

test('up: one number moves every port to its own place [CLI-13]', () => {
  assert.deepEqual(Object.values(portsFrom(undefined)), [8000, 8443, 1883, 8883, 8083, 5683, 8080]);
  const { api, link, mqtt, mqtts, mqttWebSocket, coap, edgeHttp } = ports;
  assert.deepEqual(
    [api, link, mqtt, mqtts, mqttWebSocket, coap, edgeHttp],
    [22_000, 22_443, 22_883, 22_884, 22_885, 22_683, 22_080],
  );
  assert.equal(portsInForce(ports, { SELVEDGE_EDGE_MQTT_PORT: '1999' }).mqtt, 1999);
  assert.equal(portsInForce(ports, { SELVEDGE_EDGE_COAP_UDP: '[::1]:1998,10.0.0.1:5683' }).coap, 1998);
  assert.equal(portsInForce(ports, {}).coap, 22_683);
});

test('up: each part gets its folder, its ports and the settings of the person, and nothing of the command line [CLI-24]', () => {
  const cloud = childSpec('cloud', plan, { port: ports.link, token: undefined });
  assert.equal(cloud.env['SELVEDGE_CLOUD_DATA'], '/data/cloud');
  assert.equal(cloud.env['SELVEDGE_CLOUD_API_PORT'], '22000');
  assert.equal(cloud.env['SELVEDGE_CLOUD_CONSOLE_DIR'], '/console/dist');
  assert.ok(!('SELVEDGE_CLOUD_URL' in cloud.env));
  const edge = childSpec('edge', plan, { port: ports.link, token: 'sv1.a.b' });
  assert.equal(edge.env['SELVEDGE_EDGE_LINK_URL'], 'wss://127.0.0.1:22443/link');
  assert.equal(edge.env['SELVEDGE_EDGE_LINK_TOKEN'], 'sv1.a.b');
  assert.equal(edge.env['SELVEDGE_EDGE_MQTT_WS_PORT'], '22885');
  assert.equal(edge.env['SELVEDGE_EDGE_COAP_UDP'], '127.0.0.1:22683');
  assert.equal(edge.env['SELVEDGE_EDGE_MQTT_CLIENTS_MAX'], '9');
  const relayed = childSpec('edge', plan, { port: 40_000, token: undefined });
  assert.equal(relayed.env['SELVEDGE_EDGE_LINK_URL'], 'wss://127.0.0.1:40000/link');
  const demo = childSpec('demo', plan, { port: ports.link, token: undefined });
  assert.deepEqual(demo.args, ['device', 'simulate', '--mqtt', 'mqtt://127.0.0.1:22883', '--data', '/data']);
});

test('up: a taken port is named with its setting, --port-base, and the way to see who holds it [CLI-24]', () => {
  const fault = portFault({ code: 'EDGE_PORT_TAKEN', message: 'x', port: 22_883 }, ports)!;
  assert.equal(fault.message, 'port 22883, which MQTT needs, is taken');
  assert.match(fault.hint, /ss -ltnp 'sport = :22883'/);
  assert.match(fault.hint, /SELVEDGE_EDGE_MQTT_PORT=N/);
  assert.match(fault.hint, /--port-base N/);
  assert.match(portFault({ code: 'PORT_TAKEN', message: 'x', port: 22_443 }, ports)!.hint, /SELVEDGE_CLOUD_LINK_PORT/);
  const coap = portFault({ code: 'COAP_PORT_TAKEN', message: 'x', port: 22_683 }, ports)!;
  assert.match(coap.hint, /ss -lunp 'sport = :22683'.*SELVEDGE_EDGE_COAP_UDP=127\.0\.0\.1:N/);
  assert.equal(portFault({ code: 'JOURNAL_LOCKED', message: 'x' }, ports), undefined);
});

test('up: the table names every address, the credentials that are good once, and what to do first [CLI-27]', () => {
  const started = {
    ports,
    data: '/data',
    tokenFile: '/data/cloud/operator.token',
    demo: true,
    where: ' --port-base 22000',
  };
  const text = startTable({ ...started, signInUrl: 'http://127.0.0.1:22000/signin?code=c0de' });
  for (const part of [
    'signin?code=c0de',
    '/v1',
    'operator.token',
    'wss://127.0.0.1:22443/link',
    'mqtt://127.0.0.1:22883',
  ])
    assert.ok(text.includes(part), part);
  for (const part of [
    'mqtts://127.0.0.1:22884',
    'ws://127.0.0.1:22885',
    'coap://127.0.0.1:22683',
    '-p 22883 -t sensors/pump-7/data',
    'pump-7 --port-base 22000',
  ])
    assert.ok(text.includes(part), part);
  assert.match(startTable({ ...started, signInUrl: undefined }), /--no-console/);
});

test('up: what happened to a part is one line with its log and what to do [CLI-21]', () => {
  const at = { logFile: '/data/run/edge.log', where: ' --port-base 22000' };
  const crashed = newsLine('edge', 'crashed', { message: 'it was ended by SIGKILL' }, at)!;
  assert.match(crashed, /edge ended by itself \(it was ended by SIGKILL\).*edge\.log/);
  assert.match(newsLine('edge', 'failed', undefined, at)!, /selvedge start edge --port-base 22000$/);
  for (const news of ['ready', 'stopped', 'recovered'] as const)
    assert.match(newsLine('cloud', news, undefined, at)!, /^cloud/);
});

test('demo: the link is cut for 20 s a minute after the start, then every 5 minutes, until the signal [CLI-28]', async () => {
  const time = world(1);
  const past: string[] = [];
  const note = (what: string): void => void past.push(`${Math.round(time.timeline.now / 1_000)} ${what}`);
  const link = { port: 1, cut: async () => note('cut'), mend: async () => note('mend'), close: async () => undefined };
  const api = {
    get: async (path: string) => (path === '/v1/audit' ? auditView : { online: true }),
  } as unknown as CloudApi;
  const stop = new AbortController();
  const over = cutLink(link, api, time.clock, note, stop.signal).catch(() => note('over'));
  await time.run(500_000);
  stop.abort();
  await over;
  const verdict = 'edge-1 was cut off for 20 s and caught up in 0.0 s: 0 lost, 0 doubled';
  assert.deepEqual(past, ['60 cut', '80 mend', `80 ${verdict}`, '380 cut', '400 mend', `400 ${verdict}`, '500 over']);
});

test('demo: after a cut one line says what the audit found [CLI-28]', () => {
  assert.equal(cutVerdict(auditView, 3.14), 'edge-1 was cut off for 20 s and caught up in 3.1 s: 0 lost, 0 doubled');
  assert.match(
    cutVerdict({ ...auditView, balanced: false, lost: 4 }, 1),
    /does not balance: 4 lost, 0 doubled: selvedge audit/,
  );
});
