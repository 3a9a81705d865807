import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Clock, logTo } from '@selvedge/kernel';
import { simulatedClock } from '@selvedge/testkit';
import { readSecrets } from './secrets-file.ts';

test('coap secrets: the file is read again when it has changed, and one that goes away changes nothing [EDG-128]', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'selvedge-secrets-'));
  const path = join(dir, 'oscore.json');
  const told: string[] = [];
  const log = logTo((_level, event) => void told.push(event), 'debug');
  /** Each look is allowed by the test, and has ended when the next one waits. */
  let look: () => void = () => undefined;
  let waits = Promise.withResolvers<void>();
  const clock: Clock = {
    ...simulatedClock(),
    sleep: () =>
      new Promise((resolve) => {
        look = resolve;
        waits.resolve();
      }),
  };
  const looked = async (): Promise<void> => {
    await waits.promise;
    waits = Promise.withResolvers();
    look();
    await waits.promise;
  };
  try {
    assert.equal(await readSecrets(path, { clock, log }), undefined);
    await writeFile(path, 'one', { mode: 0o600 });
    const secrets = await readSecrets(path, { clock, log });
    assert.equal(secrets?.text, 'one');
    const seen: string[] = [];
    const ended = new AbortController();
    const over = secrets!.follow!(async (text) => void seen.push(text), ended.signal);
    await looked();
    await writeFile(path, 'second', { mode: 0o600 });
    await looked();
    await looked();
    await rm(path);
    await looked();
    assert.deepEqual([seen, told], [['second'], ['coap.secrets_refused']]);
    await writeFile(path, 'third', { mode: 0o600 });
    await looked();
    assert.deepEqual(seen, ['second', 'third']);
    ended.abort();
    look();
    await over;
  } finally {
    await rm(dir, { recursive: true });
  }
});
