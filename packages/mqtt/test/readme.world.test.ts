import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { parse } from './support/parse.ts';
import { bytesFrom, dialTcp } from './support/sockets.ts';
import * as wire from './support/wire.ts';

/** The folder that holds the packages this one needs. */
const modules = dirname(dirname(dirname(createRequire(import.meta.url).resolve('ws'))));

test('readme: the example runs as it stands there', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const source = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const dir = mkdtempSync(join(tmpdir(), 'mqtt-readme-'));
  symlinkSync(join(modules, 'node_modules'), join(dir, 'node_modules'));
  writeFileSync(join(dir, 'example.mjs'), source.replace('port: 1883', 'port: 0'));
  const child = spawn(process.execPath, ['example.mjs'], { cwd: dir, stdio: ['ignore', 'pipe', 'inherit'] });
  const said: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => said.push(...text.trim().split('\n')));
  while (said.length === 0) await once(child.stdout, 'data');
  const socket = await dialTcp(Number(/listening (\d+)/.exec(said[0]!)?.[1]));
  socket.write(wire.connect({ clientId: 'pump-7', username: 'pump', password: 'secret' }));
  assert.equal(parse(await bytesFrom(socket, 4), 4).packets[0]?.code, 0);
  socket.write(
    Buffer.concat([
      wire.publish({ topic: 'sensors/pump-7/data', payload: '21.5', qos: 1 }),
      wire.subscribe([['commands/#', 0]]),
    ]),
  );
  const { packets } = parse(
    await bytesFrom(socket, 4 + 5 + wire.publish({ topic: 'commands/pump-7', payload: 'hello' }).length),
    4,
  );
  assert.deepEqual(
    packets.map(({ kind }) => kind).toSorted((a, b) => a.localeCompare(b)),
    ['puback', 'publish', 'suback'],
  );
  assert.equal(readFileSync(join(dir, 'readings.log'), 'utf8'), 'pump-7 sensors/pump-7/data 21.5\n');
  while (said.length < 2) await once(child.stdout, 'data');
  assert.equal(said[1], 'greeted pump-7 0 nobody');
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number];
  assert.equal(code, 0);
  rmSync(dir, { recursive: true });
});
