import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ensureDebian, findCommand, needs, startMosquitto, watch } from '../../tools/world.ts';

test('example pump: it reports, obeys `shutdown` and says what it did', async (t) => {
  const broker = await needs(t, async () => {
    await ensureDebian(['mosquitto', 'mosquitto-clients']);
    return startMosquitto();
  });
  if (!broker) return;
  await using _ = broker;
  const dir = await mkdtemp(join(tmpdir(), 'selvedge-pump-'));
  const at = ['-V', 'mqttv5', '-h', '127.0.0.1', '-p', String(broker.port)];
  const script = fileURLToPath(new URL('main.ts', import.meta.url));
  const pump = watch(spawn(process.execPath, [script, `mqtt://127.0.0.1:${broker.port}`, dir], { stdio: 'pipe' }));
  const hear = (topic: string, count: number): Promise<string[]> =>
    watch(spawn(findCommand('mosquitto_sub')!, [...at, '-t', topic, '-C', String(count), '-W', '20'])).ended.then(
      ({ stdout }) => stdout.trim().split('\n'),
    );
  try {
    const readings = (await hear('sensors/pump-7/data', 3)).map(
      (line) => JSON.parse(line) as { $seq: number; speed: number },
    );
    assert.ok(readings.every(({ $seq, speed }, n) => $seq === readings[0]!.$seq + n && speed === 1));
    const result = hear('commands/pump-7/result', 1);
    const order = JSON.stringify({ id: 'c1', command: 'shutdown' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await watch(spawn(findCommand('mosquitto_pub')!, [...at, '-q', '2', '-t', 'commands/pump-7', '-m', order])).ended;
    assert.deepEqual(await result, ['{"id":"c1","status":"done","result":{"speed":0}}']);
    const [after] = await hear('sensors/pump-7/data', 1);
    assert.equal((JSON.parse(after!) as { speed: number }).speed, 0);
  } finally {
    const { code, stderr } = await pump.stop();
    assert.equal(stderr, '');
    assert.equal(code, 0);
    await rm(dir, { recursive: true });
  }
});
