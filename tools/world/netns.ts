import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { ensureDebian, findCommand } from './debian.ts';
import { Missing } from './missing.ts';
import { watch } from './watch.ts';

/** Begins the names of all namespaces; the pid of whoever made them and the place follow. */
const prefix = 'selvedge';

/** Network namespaces of this process: machines of their own, as far as the network goes. */
export interface Namespaces<Place extends string> extends AsyncDisposable {
  /** Starts a command in a place. The pid is the command's own, so that a signal reaches it and nothing else. */
  spawn(place: Place, command: string, args: readonly string[], options?: SpawnOptions): ChildProcess;
  /** Runs a command in a place to its end and gives what it printed; rejects with what it complained of. */
  run(place: Place, command: string, args: readonly string[]): Promise<string>;
  /** The name by which `ip` knows a place. */
  nameOf(place: Place): string;
  /** Removes them. Processes in them must have ended. May be repeated. */
  remove(): Promise<void>;
}

/** Makes a namespace for each place, with its loopback up. Throws Missing where that is not allowed. */
export async function makeNamespaces<Place extends string>(places: readonly Place[]): Promise<Namespaces<Place>> {
  if (process.platform !== 'linux') throw new Missing('Network namespaces are of Linux alone.', 'run it on Linux');
  await ensureDebian(['iproute2', 'python3']);
  if (process.getuid?.() !== 0) throw new Missing('Only root may make network namespaces.', 'run it as root');
  if (!existsSync('/dev/net/tun')) throw new Missing('/dev/net/tun is missing.', 'modprobe tun');
  await removeOrphans();
  const nameOf = (place: Place): string => `${prefix}-${process.pid}-${place}`;
  const remove = async (): Promise<void> => {
    const present = namesNow();
    for (const place of places) if (present.includes(nameOf(place))) await ip('netns', 'delete', nameOf(place));
  };
  const within = (place: Place, command: string, args: readonly string[]): readonly string[] => [
    'netns',
    'exec',
    nameOf(place),
    command,
    ...args,
  ];
  try {
    for (const place of places) {
      await ip('netns', 'add', nameOf(place));
      await ip(...within(place, findCommand('ip')!, ['link', 'set', 'lo', 'up']));
    }
  } catch (cause) {
    await remove().catch(() => undefined);
    throw new Missing(
      `A network namespace cannot be made: ${(cause as Error).message}.`,
      'give CAP_SYS_ADMIN and CAP_NET_ADMIN',
    );
  }
  return {
    spawn: (place, command, args, options = {}) => spawn(findCommand('ip')!, within(place, command, args), options),
    run: (place, command, args) => ip(...within(place, command, args)),
    nameOf,
    remove,
    [Symbol.asyncDispose]: remove,
  };
}

/** Runs `ip` and gives what it printed. */
export async function ip(...args: readonly string[]): Promise<string> {
  const child = spawn(findCommand('ip')!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const { code, stdout, stderr } = await watch(child).ended;
  if (code !== 0) throw new Error(`ip ${args.join(' ')} ended with ${code}: ${stderr.trim() || stdout.trim()}`);
  return stdout;
}

const namesNow = (): readonly string[] => (existsSync('/run/netns') ? readdirSync('/run/netns') : []);

/** Who was killed could not clear up; the next one does. */
async function removeOrphans(): Promise<void> {
  for (const name of namesNow()) {
    const pid = new RegExp(`^${prefix}-(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) await ip('netns', 'delete', name).catch(() => undefined);
  }
}
