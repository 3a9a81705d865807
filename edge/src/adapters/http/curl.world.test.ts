import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { readConfig, silentLog } from '@selvedge/kernel';
import { systemClock, systemEntropy, systemRandom } from '@selvedge/kernel/system';
import { findCommand } from '../../../../tools/world.ts';
import { edgeConfig } from '../../config.ts';
import { edgeMachine } from '../../machine.ts';

const run = promisify(execFile);

/** What curl says: the status of the answer, how long it took in seconds, and its body. */
async function curl(...args: readonly string[]): Promise<{ status: number; seconds: number; body: string }> {
  const printed = await run('curl', ['-sS', '--max-time', '20', '-w', '\n%{http_code} %{time_total}', ...args], {
    maxBuffer: 1e7,
  }).catch((cause: { stdout: string }) => cause);
  const lines = printed.stdout.split('\n');
  const [status, seconds] = lines.pop()!.split(' ').map(Number);
  return { status: status!, seconds: seconds!, body: lines.join('\n') };
}

/** A whole node on this machine's disk, in a folder that goes with it. */
async function started(flags: Record<string, string> = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'selvedge-http-'));
  const ports = { 'mqtt.port': '0', 'mqtt.wsPort': '0', 'mqtt.tlsPort': '0', 'http.port': '0', 'coap.udp': '' };
  const settings = { data: join(dir, 'data'), 'link.url': '', ...ports, ...flags };
  const config = readConfig(edgeConfig, { prefix: 'EDGE', env: {}, flags: settings });
  const world = { clock: systemClock, random: systemRandom, entropy: systemEntropy, log: silentLog };
  const machine = await edgeMachine(config, world);
  await machine.start(new AbortController().signal);
  const device = `http://127.0.0.1:${machine.httpPort}/v1/devices/pump-7`;
  const file = async (name: string, bytes: string | Uint8Array): Promise<string> => {
    await writeFile(join(dir, name), bytes);
    return `@${join(dir, name)}`;
  };
  return {
    ...{ machine, device, file, dir },
    async [Symbol.asyncDispose]() {
      await machine.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

const ndjson = ['-H', 'Content-Type: application/x-ndjson'];
const json = ['-H', 'Content-Type: application/json'];
const lines = (count: number): string =>
  Array.from({ length: count }, (_, seq) => `${JSON.stringify({ t: seq, $boot: 1, $seq: seq })}\n`).join('');

test('curl: readings as they are, as gzip and as zstd, each only once by its name [EDG-80] [EDG-85]', async () => {
  await using node = await started();
  const text = lines(5_000);
  const codings: [coding: string, body: string | Uint8Array][] = [
    ['identity', text],
    ['gzip', gzipSync(text)],
    ['zstd', zstdCompressSync(text)],
  ];
  if (findCommand('zstd') !== undefined) {
    const plain = (await node.file('plain', text)).slice(1);
    await run('zstd', ['-q', '-19', '-f', plain, '-o', `${plain}.zst`]);
    codings.push(['zstd', await readFile(`${plain}.zst`)]);
  }
  for (const [index, [coding, body]] of codings.entries()) {
    const data = await node.file('body', body);
    const { status, body: answer } = await curl(
      ...ndjson,
      ...['-H', `Content-Encoding: ${coding}`, '--data-binary', data, `${node.device}/readings`],
    );
    const counts = index === 0 ? { taken: 5_000, duplicates: 0 } : { taken: 0, duplicates: 5_000 };
    assert.deepEqual([status, JSON.parse(answer)], [202, { ...counts, quarantined: 0 }], coding);
  }
});

test('curl: a body without a length, one with Expect, and HTTP/1.0 [EDG-80]', async () => {
  await using node = await started();
  const data = await node.file('body', lines(40_000));
  const chunked = ['-H', 'Transfer-Encoding: chunked', '--data-binary', data];
  assert.equal((await curl(...ndjson, ...chunked, `${node.device}/readings`)).status, 202);
  const expecting = ['-H', 'Expect: 100-continue', '--data-binary', data];
  assert.equal((await curl(...ndjson, ...expecting, `${node.device}/readings`)).status, 202);
  const old = await curl('--http1.0', ...json, '-d', '{"t":1}', `${node.device}/readings`);
  assert.deepEqual([old.status, JSON.parse(old.body)], [202, { taken: 1, duplicates: 0, quarantined: 0 }]);
});

test('curl: what is too large is refused while it is sent, bombs too, and the node stays small [EDG-85] [EDG-90]', async () => {
  await using node = await started();
  const large = await node.file('large', ' '.repeat(20e6));
  const bomb = await node.file('bomb', gzipSync('\n'.repeat(300e6)));
  const before = process.memoryUsage.rss();
  const codeOf = (body: string): string => (JSON.parse(body) as { code: string }).code;
  const plain = await curl(...ndjson, '--data-binary', large, `${node.device}/readings`);
  assert.deepEqual([plain.status, codeOf(plain.body)], [413, 'HTTP_BODY_TOO_LARGE']);
  const endless = await curl(
    ...ndjson,
    ...['-H', 'Transfer-Encoding: chunked', '--data-binary', large, `${node.device}/readings`],
  );
  assert.equal(endless.status, 413);
  const bombs = await Promise.all(
    Array.from({ length: 8 }, () =>
      curl(...ndjson, '-H', 'Content-Encoding: gzip', '--data-binary', bomb, `${node.device}/readings`),
    ),
  );
  for (const one of bombs) assert.deepEqual([one.status, codeOf(one.body)], [413, 'HTTP_BODY_TOO_LARGE']);
  const grown = (process.memoryUsage.rss() - before) / 2 ** 20;
  assert.ok(grown < 100, `${grown.toFixed()} MiB more than before`);
});

test('curl: a slow sender keeps nobody waiting [EDG-90]', async () => {
  await using node = await started();
  const data = await node.file('slow', lines(60));
  const slow = curl(...ndjson, '--limit-rate', '1000', '--data-binary', data, `${node.device}/readings`);
  const { status, seconds } = await curl('-d', 'offline', `${node.device}/status`);
  assert.ok(status === 202 && seconds < 1, `the other waited ${seconds} s`);
  assert.equal((await slow).status, 202);
});

test('curl: commands by long poll and as events, which go on after the last one [EDG-87]', async () => {
  await using node = await started();
  const waiting = curl(`${node.device}/commands?wait=10`);
  await sleep(200);
  await curl(...json, '-d', '{"temperature":91.5}', `${node.device}/readings`);
  const { commands } = JSON.parse((await waiting).body) as { commands: { id: string; command: string }[] };
  const [{ id, command }] = commands as [{ id: string; command: string }];
  assert.equal(command, 'shutdown');
  const events = ['-N', '--max-time', '1', '-H', 'Accept: text/event-stream', `${node.device}/commands`];
  const from = await curl('-H', 'Last-Event-ID: other', ...events);
  assert.match(from.body, new RegExp(`id: ${id}\nevent: command\ndata: \\{"id":"${id}"`));
  assert.doesNotMatch((await curl('-H', `Last-Event-ID: ${id}`, ...events)).body, /event: command/);
  const done = await curl(...json, '-d', '{"status":"done"}', `${node.device}/commands/${id}/result`);
  assert.deepEqual([done.status, JSON.parse(done.body)], [200, { id, state: 'done' }]);
});

test('curl: a key makes a request repeatable across a restart of the node [EDG-82]', async () => {
  await using node = await started();
  const send = (device: string) =>
    curl(...json, '-H', 'Idempotency-Key: k', '-d', '[{"t":1},{"t":2}]', `${device}/readings`);
  const first = await send(node.device);
  await node.machine.stop();
  await using again = await started({ data: join(node.dir, 'data') });
  const second = await send(again.device);
  assert.deepEqual([second.status, second.body], [first.status, first.body]);
  assert.equal((await again.machine.node.audit()).journaledReadings, 2);
});
