import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Missing } from './missing.ts';
import { watch } from './watch.ts';

/** What each Debian package brings, by which it is recognised, however it was installed; beside the commands, if it is none. */
const commandOf = {
  mosquitto: 'mosquitto',
  'mosquitto-clients': 'mosquitto_pub',
  chromium: 'chromium',
  gcc: 'gcc',
  'libcoap3-bin': 'coap-client-openssl',
  'libc6-dev': '../include/stdio.h',
  'libpaho-mqtt-dev': '../include/MQTTClient.h',
  socat: 'socat',
  openssl: 'openssl',
  curl: 'curl',
  iproute2: 'ip',
  python3: 'python3',
  systemd: 'systemd-analyze',
  'python3-venv': '../share/doc/python3-venv/copyright',
  'python3-paho-mqtt': '../lib/python3/dist-packages/paho/mqtt/client.py',
} as const;

export type DebianPackage = keyof typeof commandOf;

/** All that the world tests use. */
export const debianPackages = Object.keys(commandOf) as readonly DebianPackage[];

/** Servers lie in folders that are not in everybody's path. */
const sbin = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin'];

/** The full path of a command, or undefined. */
export function findCommand(name: string, path = process.env['PATH'] ?? ''): string | undefined {
  return [...path.split(delimiter), ...sbin].map((dir) => join(dir, name)).find((file) => existsSync(file));
}

/**
 * Makes sure that these packages are installed: what is missing is installed by apt-get where this is root on Debian.
 * Throws Missing where it cannot be.
 */
export async function ensureDebian(packages: readonly DebianPackage[]): Promise<void> {
  const lacking = packages.filter((name) => findCommand(commandOf[name]) === undefined);
  if (lacking.length === 0) return;
  const list = lacking.join(' ');
  if (findCommand('apt-get') === undefined) throw new Missing(`${list} is not installed.`, `install ${list}`);
  if (process.getuid?.() !== 0)
    throw new Missing(`${list} is not installed, and only root may.`, `sudo apt-get install ${list}`);
  process.stderr.write(`Installing ${list} with apt-get\n`);
  await aptGet('update');
  await aptGet('install', '-y', '--no-install-recommends', ...lacking);
}

/** Nobody answers questions, and a server that is installed for a test must not be started as a service (runlevel 1). */
const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };

async function aptGet(...args: readonly string[]): Promise<void> {
  const child = spawn('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...args], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { code, stdout, stderr } = await watch(child).ended;
  if (code !== 0)
    throw new Missing(
      `apt-get ${args.join(' ')} failed: ${(stderr || stdout).trim().slice(-500)}.`,
      'mend that, then repeat',
    );
}
