import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cliFaults } from '../../faults.ts';

/** What `up` is asked over its control socket, and what it answers: one JSON object a line each. */
export type ControlRequest = { readonly ask: 'status' } | { readonly ask: 'start' | 'stop'; readonly name: string };

export type ControlAnswer =
  | { readonly ok: true; readonly answer: unknown }
  | { readonly ok: false; readonly code?: string; readonly message: string; readonly hint?: string };

/** Longest path of a Unix socket that every system takes. */
const pathMax = 100;
/** Characters of one line; more is neither request nor answer. */
const lineMax = 65_536;

/** Where the `up` of a data folder listens. A path too long for a socket gets one in the folder for temporary files. */
export function controlPath(data: string): string {
  const path = join(data, 'run', 'up.sock');
  if (path.length <= pathMax) return path;
  return join(tmpdir(), `selvedge-${createHash('sha256').update(path).digest('hex').slice(0, 16)}.sock`);
}

/** Listens for `selvedge start` and `stop`. Throws UP_RUNNING when another `up` has this data folder. */
export async function serveControl(
  data: string,
  handle: (request: ControlRequest) => Promise<unknown>,
): Promise<{ close(): Promise<void> }> {
  const path = controlPath(data);
  await mkdir(dirname(path), { recursive: true });
  if (await isAlive(path)) throw cliFaults('UP_RUNNING', `another \`selvedge up\` runs on ${data}`, { data });
  await rm(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    onLine(socket, (line) => {
      void answerTo(line, handle).then((answer) => socket.end(`${JSON.stringify(answer)}\n`));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return {
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
      await rm(path, { force: true });
    },
  };
}

/** Asks the `up` of a data folder over its socket. Throws UP_UNREACHABLE when there is none. */
export function askControl(
  { data, socket: path }: { readonly data: string; readonly socket: string },
  request: ControlRequest,
): Promise<ControlAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const lost = (cause?: Error): void =>
      reject(cliFaults('UP_UNREACHABLE', `no \`selvedge up\` runs on ${data}`, { data }, cause));
    socket.on('error', lost);
    socket.on('close', () => lost());
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    onLine(socket, (line) => {
      resolve(JSON.parse(line) as ControlAnswer);
      socket.destroy();
    });
  });
}

async function answerTo(line: string, handle: (request: ControlRequest) => Promise<unknown>): Promise<ControlAnswer> {
  try {
    return { ok: true, answer: await handle(JSON.parse(line) as ControlRequest) };
  } catch (cause) {
    const { code, message, hint } = cause as { code?: string; message?: string; hint?: string };
    return {
      ok: false,
      message: message ?? String(cause),
      ...(code === undefined ? {} : { code }),
      ...(hint === undefined ? {} : { hint }),
    };
  }
}

function onLine(socket: Socket, heard: (line: string) => void): void {
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (part: string) => {
    text += part;
    const end = text.indexOf('\n');
    if (end < 0 && text.length > lineMax) socket.destroy();
    if (end >= 0) {
      socket.removeAllListeners('data');
      heard(text.slice(0, end));
    }
  });
}

const isAlive = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
