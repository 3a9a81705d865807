import { readFile, stat } from 'node:fs/promises';
import { describeFailure, type Log } from '@selvedge/kernel';
import { coapDoorFaults } from './faults.ts';

/** Everybody but the owner. */
const others = 0o077;

/** Reads the file of OSCORE contexts, and says when others can read it, too; undefined where there is none. */
export async function readSecrets(path: string, log: Log): Promise<string | undefined> {
  try {
    const { mode } = await stat(path);
    if ((mode & others) !== 0) log.warn('coap.secrets_exposed', { path, mode: (mode & 0o777).toString(8) });
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    const { message } = describeFailure(cause);
    throw coapDoorFaults('COAP_SECRETS_INVALID', `${path} cannot be read: ${String(message)}`, { path }, cause);
  }
}
