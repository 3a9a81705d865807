import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installed } from './support/certificates.ts';
import { dialTcp } from './support/sockets.ts';
import * as wire from './support/wire.ts';

const run = promisify(execFile);
const skip = installed('mosquitto_pub') && installed('mosquitto_sub') ? false : 'mosquitto-clients is not installed';
const MiB = 2 ** 20;
/** Nearly all that MQTT allows: 268 435 455 bytes, less topic and packet identifier. */
const size = 268_435_400;
/** What the broker may take for them beyond what it takes when it has nothing to do. */
const memoryMax = 64 * MiB;
const scratch = await mkdtemp(join(tmpdir(), 'mqtt-large-'));
after(() => rm(scratch, { recursive: true }));

interface Running {
  readonly child: ChildProcess;
  readonly port: number;
  /** Resident bytes now, and at their highest so far. */
  memory(): Promise<{ readonly now: number; readonly peak: number }>;
  kill(): Promise<void>;
}

/** The stand-alone broker of the examples, in a process of its own. */
async function start(): Promise<Running> {
  const program = fileURLToPath(new URL('../examples/broker.ts', import.meta.url));
  const data = join(scratch, 'data');
  const options = ['--port', '0', '--data', data, '--allow-anonymous', '--packet-size-max', '268435460'];
  const child = spawn(process.execPath, [program, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  after(() => void child.kill('SIGKILL'));
  const [line] = (await once(child.stdout!.setEncoding('utf8'), 'data')) as [string];
  return {
    child,
    port: Number(/port (\d+)/.exec(line)?.[1]),
    async memory() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      const bytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1_024;
      return { now: bytes('VmRSS'), peak: bytes('VmHWM') };
    },
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** A file of `size` bytes, no two blocks alike. */
async function makeFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  const file = createWriteStream(path);
  for (let at = 0; at < size; at += MiB) {
    const block = Buffer.alloc(Math.min(MiB, size - at), `${at} `);
    hash.update(block);
    if (!file.write(block)) await once(file, 'drain');
  }
  await new Promise<void>((resolve) => file.end(resolve));
  return hash.digest('hex');
}

/** The hash of what `mosquitto_sub` prints of one message. */
function hear(port: number, ...more: readonly string[]): Promise<string> {
  const child = spawn('mosquitto_sub', ['-p', `${port}`, '-C', '1', '-N', ...more], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return hashOf(child.stdout);
}

async function hashOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk);
  return hash.digest('hex');
}

test('large: 256 MB go through real clients, past frozen and half-sent ones and a kill -9, and the broker’s memory stays bounded [MQB-161]', {
  skip,
}, async () => {
  const path = join(scratch, 'payload');
  const expected = await makeFile(path);
  let broker = await start();
  const session = ['-c', '-i', 'kept', '-q', '1', '-t', 'big'];
  await run('mosquitto_pub', ['-p', `${broker.port}`, '-t', 'warm', '-q', '1', '-m', 'x']);
  const before = await broker.memory();
  // A session that is away, and clients that hold a large packet half in each direction.
  await run('mosquitto_sub', ['-p', `${broker.port}`, ...session, '-E']);
  const frozen = await dialTcp(broker.port);
  frozen.pause();
  frozen.write(Buffer.concat([wire.connect({ clientId: 'frozen' }), wire.subscribe([['big', 1]])]));
  const half = await Promise.all(
    Array.from({ length: 10 }, async (_, n) => {
      const socket = await dialTcp(broker.port);
      const whole = wire.publish({ topic: 'half', qos: 1, payload: Buffer.alloc(8 * MiB) });
      whole.writeUInt8(0x7f, 4);
      socket.write(Buffer.concat([wire.connect({ clientId: `half ${n}` }), whole]));
      return socket;
    }),
  );
  const heard = hear(broker.port, '-t', 'big', '-q', '1');
  const pinged = hear(broker.port, '-t', 'small', '-q', '1');
  await run('mosquitto_pub', ['-p', `${broker.port}`, '-t', 'big', '-q', '2', '-r', '-f', path]);
  await run('mosquitto_pub', ['-p', `${broker.port}`, '-t', 'small', '-q', '1', '-m', 'past it']);
  assert.equal(await pinged, createHash('sha256').update('past it').digest('hex'));
  assert.equal(await heard, expected);
  const grown = (await broker.memory()).peak - before.now;
  process.stdout.write(`# at rest ${mib(before.now)} MiB, ${mib(grown)} MiB more at most\n`);
  for (const socket of [frozen, ...half]) socket.destroy();
  await broker.kill();

  broker = await start();
  const fresh = await broker.memory();
  assert.equal(await hear(broker.port, ...session), expected, 'to the session that was away');
  assert.equal(await hear(broker.port, '-t', 'big', '-q', '1'), expected, 'retained');
  // mosquitto_sub leaves before it acknowledges, so the session has to end for its message to go.
  await run('mosquitto_sub', ['-p', `${broker.port}`, '-i', 'kept', '-t', 'other', '-E']);
  await run('mosquitto_pub', ['-p', `${broker.port}`, '-t', 'big', '-r', '-n', '-q', '1']);
  const again = (await broker.memory()).peak - fresh.now;
  process.stdout.write(`# after the restart ${mib(again)} MiB more at most\n`);
  // Nobody needs it any more; the store is told first, the disk then.
  const spooled = async (): Promise<number> => (await readdir(join(scratch, 'data', 'spool'))).length - 1;
  for (let looks = 0; looks < 100 && (await spooled()) > 0; looks++) await delay(20);
  assert.equal(await spooled(), 0);
  await broker.kill();
  for (const bytes of [grown, again]) assert.ok(bytes < memoryMax, `${mib(bytes)} MiB`);
  assert.equal(await hashOf(createReadStream(path)), expected);
});

const mib = (bytes: number): string => (bytes / MiB).toFixed(1);
