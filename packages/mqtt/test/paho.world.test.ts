import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type DebianPackage, ensureDebian, findCommand, Missing, needs, watch } from '../../../tools/world.ts';
import type { Broker } from '../src/index.ts';
import { installed, makeCertificates } from './support/certificates.ts';
import { listenOn, portOf } from './support/sockets.ts';

/** Debian's packages are those of Debian's own Python, which need not be the first one in the path. */
const python = '/usr/bin/python3';

interface Served {
  readonly broker: Broker;
  /** What follows the version on the command line of a client. */
  readonly more: readonly string[];
}

/** Plays a story against our broker over TCP or TLS, unless what it needs cannot be had. */
async function served(
  t: TestContext,
  transport: 'tcp' | 'tls',
  packages: readonly DebianPackage[],
  play: (one: Served) => Promise<void>,
): Promise<void> {
  const ready = await needs(t, async () => {
    await ensureDebian(packages);
    if (transport === 'tls' && !installed('openssl')) throw new Missing('openssl is not installed.', 'install openssl');
    return true;
  });
  if (!ready) return;
  const certificates = transport === 'tls' ? makeCertificates() : undefined;
  const tls = certificates && { ...certificates.server, ca: certificates.ca, requestCert: true };
  const broker = await listenOn([{ transport, host: 'localhost', port: 0, ...(tls ? { tls } : {}) }]);
  try {
    await play({ broker, more: certificates ? [certificates.dir] : [] });
  } finally {
    await broker.stop();
    certificates?.remove();
  }
}

async function output(command: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await watch(spawn(command, args)).ended;
  assert.equal(code, 0, `${command}: ${stdout}${stderr}`);
  return stdout;
}

const pythonStory = {
  everyQos: {
    connack: [0, 0],
    granted: [[0], [1], [2]],
    heard: [0, 1, 2].map((qos) => [`every/${qos}`, `at ${qos}`, qos, false]),
  },
  retained: [
    ['state/lamp', 'on', 2, true],
    ['state/end', 'end', 1, false],
  ],
  wills: [
    ['wills/lost', 'lost', 2, false],
    ['wills/end', 'end', 1, false],
  ],
  kept: {
    present: [0, 1],
    inOrder: [0, 1].map((odd) => Array.from({ length: 25 }, (_, n) => 2 * n + odd)),
    last: 'end',
  },
};

const request = [
  [
    ['unit', 'bar'],
    ['unit', 'psi'],
    ['a', 'b'],
  ],
  'answer',
  [0, 255],
  'text/plain',
];

for (const transport of ['tcp', 'tls'] as const) {
  for (const version of ['3.1.1', '5']) {
    test(`paho: its Python client over ${transport}, MQTT ${version}: every QoS, retained messages, wills and kept sessions`, (t) =>
      served(t, transport, ['python3-paho-mqtt'], async ({ broker, more }) => {
        const script = join(import.meta.dirname, 'support/paho-story.py');
        const told = JSON.parse(await output(python, script, `${portOf(broker)}`, version, ...more));
        assert.deepEqual(told, version === '5' ? { ...pythonStory, request } : pythonStory);
      }));
  }
}

const cStory = (version: string): string => {
  const session = (name: string, what: string) => (version === '4' ? [`${name}: session ${what}`] : []);
  return [
    ...session('every', 'new'),
    ...[0, 1, 2].map((qos) => `every/${qos} at ${qos} ${qos}`),
    ...session('publisher', 'new'),
    ...session('reader', 'new'),
    'state/lamp on 2 retained',
    'state/end end 1',
    ...session('watcher', 'new'),
    'wills/lost lost 2',
    ...session('left', 'new'),
    'wills/end end 1',
    ...session('kept', 'new'),
    ...session('publisher', 'new'),
    ...session('kept', 'present'),
    ...[0, 1, 2, 3, 4].map((n) => `kept ${n} ${n < 3 ? 1 : 2}`),
    '',
  ].join('\n');
};

for (const transport of ['tcp', 'tls'] as const) {
  for (const version of ['4', '5']) {
    test(`paho: its C client over ${transport}, MQTT ${version === '4' ? '3.1.1' : '5'}: every QoS, retained messages, wills and kept sessions`, (t) =>
      served(t, transport, ['gcc', 'libc6-dev', 'libpaho-mqtt-dev'], async ({ broker, more }) => {
        const dir = mkdtempSync(join(tmpdir(), 'selvedge-paho-'));
        try {
          const source = join(import.meta.dirname, 'support/paho-story.c');
          await output(findCommand('gcc')!, '-O1', '-o', join(dir, 'paho'), source, '-lpaho-mqtt3cs');
          assert.equal(await output(join(dir, 'paho'), `${portOf(broker)}`, version, ...more), cStory(version));
        } finally {
          rmSync(dir, { recursive: true });
        }
      }));
  }
}
