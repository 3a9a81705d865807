import { readFile, stat } from 'node:fs/promises';
import { type Clock, describeFailure, type Log, seconds } from '@selvedge/kernel';
import { coapDoorFaults } from './faults.ts';

/** What stands in the file of OSCORE contexts. */
export interface Secrets {
  readonly text: string;
  /** Gives what stands there each time that it has changed, until `signal` aborts. Never rejects. */
  follow?(changed: (text: string) => Promise<void>, signal: AbortSignal): Promise<void>;
}

/** Everybody but the owner. */
const others = 0o077;

/** How often the file is looked at; whoever edits it waits no longer than that. */
const lookEvery = seconds(2);

/**
 * Reads the file of OSCORE contexts, and says when others can read it, too; undefined where there is none. A file that
 * goes away, or cannot be read, is told and leaves things as they are. Throws COAP_SECRETS_INVALID.
 */
export async function readSecrets(
  path: string,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<Secrets | undefined> {
  const read = async (): Promise<string> => {
    try {
      const { mode } = await stat(path);
      if ((mode & others) !== 0) log.warn('coap.secrets_exposed', { path, mode: (mode & 0o777).toString(8) });
      return await readFile(path, 'utf8');
    } catch (cause) {
      const { message } = describeFailure(cause);
      throw coapDoorFaults('COAP_SECRETS_INVALID', `${path} cannot be read: ${String(message)}`, { path }, cause);
    }
  };
  const stampOf = async (): Promise<string> =>
    stat(path).then(
      ({ ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`,
      () => 'none',
    );

  let stamp = await stampOf();
  if (stamp === 'none') return undefined;
  return {
    text: await read(),
    async follow(changed, signal) {
      for (;;) {
        await clock.sleep(lookEvery, signal).catch(() => undefined);
        if (signal.aborted) return;
        // The stamp is taken first: what changes while it is read is read again.
        const now = await stampOf();
        if (now === stamp) continue;
        stamp = now;
        await read()
          .then(changed)
          .catch((cause: unknown) => log.error('coap.secrets_refused', describeFailure(cause)));
      }
    },
  };
}
