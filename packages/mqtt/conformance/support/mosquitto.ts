import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seconds } from '@selvedge/kernel';
import { ensureDebian, type Mosquitto, startMosquitto } from '../../../../tools/world.ts';
import { atPort, type Setup, type Target } from './target.ts';

/** Debian's Mosquitto in each setup, started when a case first asks for it. Throws Missing where there is none. */
export async function mosquittoTarget(): Promise<Target & AsyncDisposable> {
  await ensureDebian(['mosquitto']);
  const dir = mkdtempSync(join(tmpdir(), 'selvedge-conformance-'));
  const started = new Map<Setup, Promise<Mosquitto>>();
  const port = async (setup: Setup): Promise<number> => {
    if (!started.has(setup)) started.set(setup, startMosquitto({ config: configOf(setup, dir) }));
    return (await started.get(setup)!).port;
  };
  return {
    ...atPort(port, seconds(2)),
    async [Symbol.asyncDispose]() {
      for (const one of started.values()) await (await one).stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function configOf(setup: Setup, dir: string): string {
  if (setup === 'plain') return '';
  const [passwords, rules] = [join(dir, 'passwords'), join(dir, 'rules')];
  writeFileSync(passwords, 'operator:secret\n', { mode: 0o600 });
  execFileSync('mosquitto_passwd', ['-U', passwords]);
  const deny = ['topic deny forbidden', 'topic deny forbidden/#'];
  writeFileSync(rules, ['user operator', 'topic readwrite #', ...deny, ''].join('\n'), { mode: 0o600 });
  return `allow_anonymous false\npassword_file ${passwords}\nacl_file ${rules}`;
}
