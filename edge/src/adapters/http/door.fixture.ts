import { connect } from 'node:net';
import { type Disk, DiskError } from '@selvedge/journal';
import { readConfig, silentLog } from '@selvedge/kernel';
import { systemClock, systemEntropy, systemRandom } from '@selvedge/kernel/system';
import { memoryDisk } from '../../../../packages/journal/src/adapters/memory/disk.ts';
import { edgeConfig } from '../../config.ts';
import { edgeNode } from '../../node.ts';
import type { Gate, Principal, Revoked, Route } from '../../ports.ts';
import { diskSnapshots } from '../disk/snapshots.ts';
import { type HttpDoor, type HttpDoorOptions, httpDoor } from './door.ts';

/** A gate that lets in by `Bearer NAME`: a device for what is its own, `operator` for all; anonymous may all but `locked`. */
export function simpleGate() {
  const listeners = new Set<(who: Revoked) => void>();
  const revoked = new Set<string>();
  const gate: Gate = {
    admit(credentials) {
      if (credentials.kind === 'anonymous')
        return { ok: true, principal: { kind: 'anonymous', name: '', credential: undefined, issuedAt: undefined } };
      const name = credentials.kind === 'token' ? credentials.token : credentials.kind;
      if (revoked.has(name)) return { ok: false, why: 'revoked' };
      if (name === 'throttled' || name === 'busy') return { ok: false, why: name };
      if (name === 'stranger') return { ok: false, why: 'unknown' };
      const kind: Principal['kind'] = name === 'operator' ? 'operator' : 'device';
      return { ok: true, principal: { kind, name, credential: name, issuedAt: undefined } };
    },
    permits: ({ kind, name }, _action, topic) =>
      !revoked.has(name) && (kind === 'device' ? topic.split('/')[1] === name : !topic.includes('locked')),
    holds: ({ name }) => !revoked.has(name),
    onRevoked(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const revoke = (name: string): void => {
    revoked.add(name);
    for (const listener of listeners) listener({ kind: 'device', name, credential: name });
  };
  return { gate, revoke };
}

/** A whole node that keeps its journal in memory and has an HTTP door on a port of the system's choice. */
export async function openDoor(options: Partial<HttpDoorOptions> & { readonly routes?: readonly Route[] } = {}) {
  const config = readConfig(edgeConfig, { prefix: 'EDGE', env: {}, flags: { data: '/edge', 'link.url': '' } });
  const memory = memoryDisk();
  const state: { isFull: boolean } = { isFull: false };
  const disk: Disk = {
    ...memory,
    async open(path) {
      const file = await memory.open(path);
      const write: typeof file.write = (bytes, at) =>
        state.isFull ? Promise.reject(new DiskError('ENOSPC', 'no room')) : file.write(bytes, at);
      return { ...file, write };
    },
    free: async (dir) => (state.isFull ? 0 : memory.free(dir)),
  };
  const { gate, revoke } = simpleGate();
  let door: HttpDoor | undefined;
  const { routes = [], ...more } = options;
  const world = { clock: systemClock, random: systemRandom, entropy: systemEntropy, log: silentLog };
  const limits = { bodyMax: 1_000_000, payloadMax: 4_096, connectionsMax: 50, software: 'test', ...more };
  const node = edgeNode(config, world, {
    disk,
    snapshots: diskSnapshots(memoryDisk(), '/snapshots'),
    transport: undefined,
    door: (intake, commands, _readings, twins) =>
      (door = httpDoor(
        { host: '127.0.0.1', port: 0, ...limits },
        { ...world, gate, routes, status: () => ({ fine: true }), metrics: () => '' },
        intake,
        commands,
        twins,
      )),
    pack: (body) => ({ codec: 0, body }),
    memoryBytes: () => 0,
  });
  await node.start(new AbortController().signal);
  const { port } = door!;
  const url = `http://127.0.0.1:${port}`;
  const ask = async (
    path: string,
    init: RequestInit = {},
  ): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> => {
    const answer = await fetch(url + path, init);
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text.startsWith('{') ? JSON.parse(text) : { text } };
  };
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
    });
  return { node, port, url, ask, post, revoke, state, stop: () => node.stop(), [Symbol.asyncDispose]: node.stop };
}

/** Sends bytes over a connection of its own and gives all that comes until the other side closes. */
export async function sendRaw(port: number, bytes: string, within = 5_000): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  const over = new AbortController();
  systemClock.sleep(within as never, over.signal).then(
    () => socket.destroy(),
    () => undefined,
  );
  socket.write(bytes);
  try {
    for await (const part of socket) text += (part as Buffer).toString('latin1');
  } catch {
    // A connection that was reset has said all it had to say.
  } finally {
    over.abort();
  }
  return text;
}
