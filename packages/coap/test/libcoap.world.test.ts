import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock, systemEntropy, systemRandom } from '@selvedge/kernel/system';
import { ensureDebian, findCommand, freePort, needs, type Watched, watch } from '../../../tools/world.ts';
import {
  coapClient,
  coapServer,
  codeName,
  type Endpoint,
  type Request,
  responses,
  tcpStreams,
  tlsStreams,
  udpDatagrams,
} from '../src/index.ts';
import { type Certificates, makeCertificates } from './support/certificates.ts';

const host = '127.0.0.1';
const system = { clock: systemClock, random: systemRandom, entropy: systemEntropy };
const never = new AbortController().signal;

let certificates: Certificates;
let server: Endpoint;
let stored = Buffer.alloc(0);
let number = 0;
let posts = 0;
let ticking: ReturnType<typeof setInterval>;
const asked: Request[] = [];

function seen(request: Request): string {
  asked.push(request);
  return request.peer.certificate?.subject ?? 'nobody';
}

function counted({ payload }: Request): Buffer {
  posts += 1;
  return payload;
}

const libcoap = (t: TestContext): Promise<boolean | undefined> =>
  needs(t, async () => {
    await ensureDebian(['libcoap3-bin']);
    return true;
  });

const client = (...args: readonly string[]): Watched => watch(spawn(findCommand('coap-client-openssl')!, [...args]));

/** What a client of libcoap prints. */
async function say(...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await client(...args).ended;
  return (stdout + stderr).trim();
}

const url = (transport: 'udp' | 'tcp' | 'tls', path: string): string => {
  const { port } = server.addresses.find((one) => one.transport === transport)!;
  const scheme = { udp: 'coap', tcp: 'coap+tcp', tls: 'coaps+tcp' }[transport];
  return `${scheme}://${host}:${port}/${path}`;
};

before(async () => {
  certificates = makeCertificates();
  server = coapServer(
    {
      resources: [
        { path: 'who', get: seen },
        { path: 'number', get: () => `${number}`, observable: true, attributes: { rt: 'counter' } },
        { path: 'store', get: () => stored, put: ({ payload }) => void (stored = Buffer.from(payload)) },
        { path: 'echo', fetch: ({ payload }) => payload, post: counted },
        {
          path: 'slow',
          get: async () => {
            await sleep(1_200);
            return 'at last';
          },
        },
      ],
    },
    {
      ...system,
      transports: [
        udpDatagrams({ host }),
        tcpStreams({ listen: { host, port: 0 } }),
        tlsStreams({ listen: { host, port: 0, ...certificates.server, ca: certificates.ca, requestCert: true } }),
      ],
    },
  );
  await server.start(never);
  ticking = setInterval(() => {
    number += 1;
    server.changed('number');
  }, 200);
});

after(async () => {
  clearInterval(ticking);
  await server.stop();
  certificates.remove();
});

test('libcoap: its client is served over UDP and TCP, whatever the size [COA-99]', async (t) => {
  if (!(await libcoap(t))) return;
  const dir = mkdtempSync(join(tmpdir(), 'coap-body-'));
  const file = join(dir, 'body');
  const body = Array.from({ length: 20_000 }, (_, index) => String.fromCharCode(97 + (index % 26))).join('');
  writeFileSync(file, body);
  for (const transport of ['udp', 'tcp'] as const) {
    assert.match(await say('-m', 'get', url(transport, '.well-known/core?rt=count*')), /<\/number>;rt="counter";obs$/);
    stored = Buffer.alloc(0);
    assert.equal(await say('-m', 'put', '-b', '256', '-f', file, url(transport, 'store')), '');
    assert.ok(stored.equals(Buffer.from(body)));
    assert.ok((await say('-m', 'get', url(transport, 'store'))) === body);
    assert.equal(
      await say('-m', 'get', '-b', '3,64', url(transport, 'store')),
      body.slice(192, 256),
      'one block alone',
    );
    assert.equal(await say('-m', 'fetch', '-e', 'what', url(transport, 'echo')), 'what');
    assert.match(await say('-m', 'get', url(transport, 'nothing')), /4\.04/);
    assert.match(await say('-m', 'delete', url(transport, 'store')), /4\.05/);
    assert.match(await say('-m', 'get', '-O', '65001,x', url(transport, 'who')), /4\.02/);
    assert.equal(await say('-m', 'get', url(transport, 'slow')), 'at last');
  }
  rmSync(dir, { recursive: true });
});

test('libcoap: what its client sends again is executed once [COA-99]', async (t) => {
  if (!(await libcoap(t))) return;
  posts = 0;
  // The client loses its first datagram, then the acknowledgement of what it sent again is what counts.
  assert.equal(await say('-l', '1', '-m', 'post', '-e', 'once', url('udp', 'echo')), 'once');
  assert.equal(posts, 1);
});

test('libcoap: its client observes over UDP and TCP [COA-99]', async (t) => {
  if (!(await libcoap(t))) return;
  for (const transport of ['udp', 'tcp'] as const) {
    const said = await say('-s', '2', '-m', 'get', url(transport, 'number'));
    assert.ok(said.length > 5, `${transport}: ${said}`);
  }
});

test('libcoap: its client comes over TLS with a certificate, and not without [COA-86, COA-99]', async (t) => {
  if (!(await libcoap(t))) return;
  const { dir } = certificates;
  const at = url('tls', 'who').replace(host, 'localhost');
  const own = ['-c', join(dir, 'client.pem'), '-j', join(dir, 'client.key'), '-C', join(dir, 'ca.pem')];
  assert.equal(await say(...own, '-m', 'get', at), 'CN=pump-7');
  assert.equal(asked.at(-1)?.peer.secure, true);
  const before = asked.length;
  await say('-C', join(dir, 'ca.pem'), '-B', '2', '-m', 'get', at);
  assert.equal(asked.length, before);
});

test('tls: both sides show their certificates, and a wrong name or authority is refused [COA-86]', async () => {
  const { ca, client: own } = certificates;
  const with_ = (about: NonNullable<Parameters<typeof tlsStreams>[0]['client']>): Endpoint =>
    coapClient({}, { ...system, transports: [tlsStreams({ client: about })] });
  await using good = with_({ ca, ...own });
  await using stranger = with_({ ...own });
  await using misled = with_({ ca, ...own, servername: 'elsewhere.example' });
  await using nameless = with_({ ca });
  for (const one of [good, stranger, misled, nameless]) await one.start(never);
  const response = await good.request(url('tls', 'who'));
  assert.equal(response.payload.toString(), 'CN=pump-7');
  assert.equal(response.peer.certificate?.subject, 'CN=localhost');
  await assert.rejects(stranger.request(url('tls', 'who')), { code: 'COAP_UNREACHABLE' });
  await assert.rejects(misled.request(url('tls', 'who')), { code: 'COAP_UNREACHABLE' });
  await assert.rejects(nameless.request(url('tls', 'who')), { code: 'COAP_CLOSED' });
});

test('libcoap: its server answers this client over UDP and TCP [COA-99]', async (t) => {
  if (!(await libcoap(t))) return;
  const port = await freePort();
  const theirs = watch(spawn(findCommand('coap-server-openssl')!, ['-A', host, '-p', String(port), '-d', '10', '-e']));
  await using one = coapClient({}, { ...system, transports: [udpDatagrams({ host }), tcpStreams()] });
  await one.start(never);
  try {
    for (const scheme of ['coap', 'coap+tcp']) {
      const base = `${scheme}://${host}:${port}`;
      const core = await until(() => one.request(`${base}/.well-known/core`));
      assert.match(core.payload.toString(), /<\/time>/);
      assert.equal(core.contentFormat, 40);
      const body = 'z'.repeat(10_000);
      const put = await one.request(`${base}/example_data`, { method: 'PUT', payload: body, contentFormat: 0 });
      assert.ok(put.ok, codeName(put.code));
      assert.equal((await one.request(`${base}/example_data`)).payload.toString(), body);
      assert.equal((await one.request(`${base}/nothing`)).code, responses.notFound);
      assert.match((await one.request(`${base}/async?2`)).payload.toString(), /done/);
      const observation = await one.observe(`${base}/time`);
      const seen: string[] = [];
      for await (const { payload } of observation) {
        seen.push(payload.toString());
        if (seen.length === 3) break;
      }
      assert.equal(new Set(seen).size, 3);
    }
  } finally {
    await theirs.stop();
  }
});

/** Repeats until the server is up. */
async function until<Value>(attempt: () => Promise<Value>): Promise<Value> {
  for (let turn = 0; ; turn++) {
    try {
      return await attempt();
    } catch (cause) {
      if (turn === 50) throw cause;
      await sleep(100);
    }
  }
}
