import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findCommand, Missing, watch } from '../../../../tools/world.ts';
import type { OscoreContextOptions } from '../../src/oscore/context.ts';

const wanted = 'aiocoap[oscore]==0.4.17';

/** A Python with aiocoap: the one in the path, or one in the folder `scratch`. Throws `Missing`. */
export async function pythonWithAiocoap(scratch: string): Promise<string> {
  const own = findCommand('python3');
  if (own === undefined) throw new Missing('python3 is not installed.', 'install python3');
  if (await works(own, '-c', 'import aiocoap.oscore, aiocoap.oscore_sitewrapper')) return own;
  const venv = join(scratch, 'venv');
  const made = join(venv, 'bin', 'python');
  if (!(await works(own, '-m', 'venv', venv)) || !(await works(made, '-m', 'pip', 'install', '-q', wanted)))
    throw new Missing(`${wanted} cannot be installed from PyPI.`, `pip install '${wanted}'`);
  return made;
}

const works = async (command: string, ...args: readonly string[]): Promise<boolean> =>
  (await watch(spawn(command, args)).ended).code === 0;

/** Writes a context into a folder as aiocoap reads it; `us` are its ids seen from our side. */
export async function writeTheirContext(dir: string, us: OscoreContextOptions): Promise<void> {
  await mkdir(dir, { recursive: true });
  const algorithms = { 'AES-128-GCM': 'A128GCM', 'ChaCha20-Poly1305': 'ChaCha20/Poly1305' } as Record<string, string>;
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const settings = {
    'sender-id_hex': hex(us.recipientId),
    'recipient-id_hex': hex(us.senderId),
    secret_hex: hex(us.masterSecret),
    salt_hex: hex(us.masterSalt ?? new Uint8Array(0)),
    ...(us.idContext ? { 'id-context_hex': hex(us.idContext) } : {}),
    ...(us.algorithm ? { algorithm: algorithms[us.algorithm] ?? us.algorithm } : {}),
  };
  await writeFile(join(dir, 'settings.json'), JSON.stringify(settings));
}
