import assert from 'node:assert/strict';
import { type Clock, defineMetrics, seededEntropy } from '@selvedge/kernel';
import { memoryReplayStore } from '../adapters/memory/oscore-state.ts';
import { methods, responses } from '../codes.ts';
import type { Message, Option } from '../message.ts';
import type { Peer, ProtectedRequest, UnprotectedRequest } from '../ports.ts';
import { type OscoreContextOptions, oscoreContext } from './context.ts';
import { oscoreMetrics } from './metrics.ts';
import { type Oscore, type OscoreOptions, oscore } from './oscore.ts';
import type { ReplayStore } from './ports.ts';

export const masterSecret = Buffer.from('0102030405060708090a0b0c0d0e0f10', 'hex');
export const clientOptions: OscoreContextOptions = { masterSecret, senderId: Buffer.of(1), recipientId: Buffer.of(2) };
export const serverOptions: OscoreContextOptions = { masterSecret, senderId: Buffer.of(2), recipientId: Buffer.of(1) };

export const peer: Peer = {
  host: '192.0.2.1',
  port: 5683,
  transport: 'udp',
  secure: false,
  certificate: undefined,
  identity: undefined,
};

/** A clock that only tells ticks, and only those it is given. */
export function tickClock(): Clock & { now: number } {
  const clock = {
    now: 0,
    wall: () => 0,
    ticks: () => clock.now,
    sleep: () => Promise.reject(new Error('nobody sleeps here')),
    soon: queueMicrotask,
  };
  return clock;
}

/** One endpoint's OSCORE with its store; opened again on the same store it has been restarted. */
export async function side(
  context: OscoreContextOptions,
  options: OscoreOptions = {},
  store: ReplayStore = memoryReplayStore(),
  seed = 1,
) {
  const clock = tickClock();
  const metrics = defineMetrics(oscoreMetrics);
  const made = oscoreContext(context);
  const security = oscore({ choose: () => made, ...options }, { store, clock, metrics, entropy: seededEntropy(seed) });
  await security.add(made);
  return { security, context: made, store, clock, metrics };
}

export const option = (number: number, value: string | Buffer = ''): Option => ({ number, value: Buffer.from(value) });

export const get = (path: string, ...options: readonly Option[]): Message => ({
  code: methods.GET,
  token: Buffer.from('aabb', 'hex'),
  options: [...options, option(11, path)].sort((one, other) => one.number - other.number),
  payload: Buffer.alloc(0),
});

export const content = (text: string, ...options: readonly Option[]): Message => ({
  code: responses.content,
  token: Buffer.from('aabb', 'hex'),
  options,
  payload: Buffer.from(text),
});

/** Protects a request, or fails the test. */
export async function leave(
  security: Oscore,
  request: Message,
  observed?: ProtectedRequest,
): Promise<ProtectedRequest> {
  const left = await security.protectRequest(request, peer, observed);
  assert.ok(left);
  return left;
}

/** Takes a request, or fails the test. */
export async function arrive(
  security: Oscore,
  request: Message,
): Promise<Extract<UnprotectedRequest, { kind: 'request' }>> {
  const arrived = await security.unprotectRequest(request, peer);
  assert.ok(arrived.kind === 'request', arrived.kind);
  return arrived;
}

/** `4.01 Replay detected` and the like, for a request that is refused. */
export async function refusalOf(security: Oscore, request: Message): Promise<string> {
  const arrived = await security.unprotectRequest(request, peer);
  if (arrived.kind !== 'refused') return arrived.kind;
  const { code, token, options, payload } = arrived.response;
  assert.deepEqual(token, request.token);
  const shown = options.map(({ number, value }) => `${number}=${value.toString('hex')}`).join(' ');
  return `${code >> 5}.${String(code & 31).padStart(2, '0')} ${payload} [${shown}]`;
}
