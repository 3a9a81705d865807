import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureDebian, findCommand } from './debian.ts';
import { type Watched, watch } from './watch.ts';

/** Milliseconds within which a server must accept connections. */
const readyWithin = 10_000;

export interface Mosquitto extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  /** All it has logged, once it has stopped. May be repeated. */
  stop(): Promise<string>;
}

/**
 * Starts Debian's Mosquitto on loopback, as it is installed (persistence on, not durable) but for anybody, with its files
 * in a folder that `stop` removes. `config` is added to its configuration. Throws Missing where there is none.
 */
export async function startMosquitto(
  options: { readonly port?: number; readonly config?: string } = {},
): Promise<Mosquitto> {
  await ensureDebian(['mosquitto']);
  const port = options.port ?? (await freePort());
  const dir = mkdtempSync(join(tmpdir(), 'selvedge-mosquitto-'));
  writeFileSync(join(dir, 'mosquitto.conf'), configuration(port, dir, options.config ?? ''));
  const server = watch(
    spawn(findCommand('mosquitto')!, ['-c', join(dir, 'mosquitto.conf')], { stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  const stop = async (): Promise<string> => {
    const { stdout, stderr } = await server.stop();
    rmSync(dir, { recursive: true, force: true });
    return stdout + stderr;
  };
  try {
    await accepts(server, port);
  } catch (cause) {
    throw new Error(`mosquitto does not accept connections on ${port}:\n${await stop()}`, { cause });
  }
  return { port, pid: server.process.pid!, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}

/** Started by root it would become another user, who may not write here. */
const configuration = (port: number, dir: string, more: string): string => `
listener ${port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location ${dir}/
log_dest stderr
${process.getuid?.() === 0 ? 'user root' : ''}
${more}
`;

/** Settles when somebody accepts connections on the port; rejects when the server has ended, or takes too long. */
async function accepts(server: Watched, port: number): Promise<void> {
  let over = false;
  const watchEnd = server.ended.finally(() => {
    over = true;
  });
  watchEnd.catch(() => undefined);
  const latest = performance.now() + readyWithin;
  while (!(await isOpen(port))) {
    if (over) throw new Error('it has ended');
    if (performance.now() > latest) throw new Error(`not within ${readyWithin} ms`);
    await sleep(20);
  }
}

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (open: boolean) => (): void => {
      socket.destroy();
      resolve(open);
    };
    socket.on('connect', answer(true)).on('error', answer(false));
  });

/** A port of loopback that nobody holds now. For servers that cannot choose one themselves. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
