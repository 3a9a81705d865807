import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { Broker } from '../src/index.ts';
import { installed, makeCertificates } from './support/certificates.ts';
import { listenOn, portOf } from './support/sockets.ts';

const run = promisify(execFile);
const skip = installed('mosquitto_pub') && installed('mosquitto_sub') ? false : 'mosquitto-clients is not installed';
const at = (broker: Broker, ...more: string[]) => ['-h', '127.0.0.1', '-p', `${portOf(broker)}`, ...more];

/** Starts mosquitto_sub and gives what it prints once it has `count` messages; settles when it has subscribed. */
async function subscribe(
  broker: Broker,
  filter: string,
  count: number,
  ...more: string[]
): Promise<() => Promise<string[]>> {
  const subscribed = new Promise<void>((resolve) => {
    const end = broker.onSubscribed((_clientId, heard) => {
      if (heard !== filter) return;
      end();
      resolve();
    });
  });
  const child = spawn('mosquitto_sub', at(broker, '-t', filter, '-C', `${count}`, '-v', ...more), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const exited = once(child, 'exit');
  await subscribed;
  return async () => {
    await exited;
    return printed.trim().split('\n');
  };
}

for (const version of ['mqttv311', 'mqttv5']) {
  test(`mosquitto ${version}: what mosquitto_pub publishes, mosquitto_sub prints, with every QoS`, {
    skip,
  }, async () => {
    await using broker = await listenOn(['tcp']);
    const got = await subscribe(broker, 'sensors/+/data', 3, '-q', '2', '-V', version);
    for (const qos of ['0', '1', '2']) {
      await run(
        'mosquitto_pub',
        at(broker, '-V', version, '-t', 'sensors/pump-7/data', '-q', qos, '-m', `{"qos":${qos}}`),
      );
    }
    assert.deepEqual(
      await got(),
      [0, 1, 2].map((qos) => `sensors/pump-7/data {"qos":${qos}}`),
    );
    await broker.stop();
  });

  test(`mosquitto ${version}: retained messages, a queue for a kept session, and many lines through one connection`, {
    skip,
  }, async () => {
    await using broker = await listenOn(['tcp']);
    await run('mosquitto_pub', at(broker, '-V', version, '-t', 'state', '-r', '-q', '1', '-m', 'on'));
    const { stdout } = await run('mosquitto_sub', at(broker, '-V', version, '-t', 'state', '-C', '1', '-F', '%r %p'));
    assert.equal(stdout.trim(), '1 on');
    const kept = ['-V', version, '-q', '1', '-i', 'kept', '-c', ...(version === 'mqttv5' ? ['-x', '60'] : [])];
    await run('mosquitto_sub', at(broker, '-t', 'lines', '-E', ...kept));
    const pub = spawn('mosquitto_pub', at(broker, '-V', version, '-t', 'lines', '-q', '1', '-l'), {
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    const lines = Array.from({ length: 500 }, (_, n) => `line ${n}`);
    pub.stdin.end(`${lines.join('\n')}\n`);
    await once(pub, 'exit');
    const missed = await run('mosquitto_sub', at(broker, '-t', 'lines', '-C', '500', ...kept));
    assert.deepEqual(missed.stdout.trim().split('\n'), lines);
    await broker.stop();
  });
}

test('mosquitto mqttv5: shared subscriptions, properties and refusals', { skip }, async () => {
  await using broker = await listenOn(
    ['tcp'],
    {},
    {
      access: {
        authenticate: ({ password }) => (password ? { ok: true } : { ok: false, code: 0x86 }),
        authorize: () => true,
      },
    },
  );
  const user = ['-u', 'u', '-P', 'p', '-V', 'mqttv5'];
  const members = [
    await subscribe(broker, '$share/g/work', 2, '-q', '1', ...user),
    await subscribe(broker, '$share/g/work', 2, '-q', '1', ...user),
  ];
  for (const n of [1, 2, 3, 4]) await run('mosquitto_pub', at(broker, ...user, '-t', 'work', '-q', '1', '-m', `${n}`));
  const got = await Promise.all(members.map((printed) => printed()));
  assert.equal(new Set(got.flat()).size, 4);

  const detailed = await subscribe(broker, 'detailed', 1, ...user, '-F', '%t %P %C');
  await run(
    'mosquitto_pub',
    at(
      broker,
      ...user,
      '-t',
      'detailed',
      '-m',
      'x',
      '-D',
      'publish',
      'content-type',
      'text',
      '-D',
      'publish',
      'user-property',
      'unit',
      'bar',
    ),
  );
  assert.deepEqual(await detailed(), ['detailed unit:bar text']);

  await assert.rejects(
    run('mosquitto_pub', at(broker, '-V', 'mqttv5', '-t', 'a', '-m', 'x')),
    /Bad User Name or Password|not authori[sz]ed/i,
  );
  await broker.stop();
});

test('mosquitto: over TLS with a client certificate [MQB-103]', {
  skip: skip || (installed('openssl') ? false : 'openssl is not installed'),
}, async () => {
  const { dir, ca, server, remove } = makeCertificates();
  await using broker = await listenOn([
    { transport: 'tls', host: '127.0.0.1', port: 0, tls: { ...server, ca, requestCert: true } },
  ]);
  const trust = ['--cafile', `${dir}/ca.pem`];
  const own = ['--cert', `${dir}/client.pem`, '--key', `${dir}/client.key`];
  const got = await subscribe(broker, 'a', 1, ...trust, ...own);
  await run('mosquitto_pub', at(broker, ...trust, ...own, '-t', 'a', '-q', '2', '-m', 'x'));
  assert.deepEqual(await got(), ['a x']);
  await assert.rejects(run('mosquitto_pub', at(broker, ...trust, '-t', 'a', '-m', 'x')));
  await broker.stop();
  remove();
});
