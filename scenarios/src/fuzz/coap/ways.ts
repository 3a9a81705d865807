import type { Duplex } from 'node:stream';
import type { Address, Endpoint, MemoryNetwork, Observation } from '@selvedge/coap';
import { seeded } from '@selvedge/kernel';
import { coin, oneOf } from '../../cast/chance.ts';
import type { Input } from '../input.ts';
import type { Peer } from './peer.ts';
import { asId, asToken } from './words.ts';

/** Where the fuzzed endpoint is. */
export const server: Address = { host: '10.0.0.1', port: 5_683 };

/** A fuzzed peer that is there, for some inputs more. */
export interface Staying {
  readonly peer: Peer;
  readonly leave: () => void;
  left: number;
}

/** What a peer's way in needs. */
export interface Lent {
  readonly network: MemoryNetwork;
  readonly input: Input;
  readonly heard: Peer;
  readonly run: (wait: number) => Promise<void>;
  readonly trip: (bytes: Buffer, speak: () => void) => void;
}

/** One of those that come again, or one that nobody has seen. */
export const addressOf = (which: string, made: number): Address =>
  which === 'new'
    ? { host: `10.${1 + (made >> 16)}.${(made >> 8) & 255}.${made & 255}`, port: 5_000 }
    : { host: `10.0.1.${which}`, port: 5_683 };

export async function overDatagrams(
  { network, input, heard, run, trip }: Lent,
  at: Address,
  way: string,
  seal: (plaintext: Buffer) => Buffer,
  request: (to: Address) => void,
): Promise<Staying> {
  const socket = network.datagrams(at);
  let latest: Buffer | undefined;
  let isOpen = true;
  const isBound = await socket
    .start((bytes) => {
      if ((bytes[1]! > 0 && bytes[1]! < 32) || !latest) latest = bytes;
      // Requests of the endpoint have tokens and ids of its own.
      if (way === 'asked') heard.sends(bytes);
      const answer = heard.datagram(bytes);
      if (answer && input.reads && isOpen) socket.send(answer, server);
    })
    .then(() => true)
    // An earlier input is still here under this address; its socket hears what comes.
    .catch(() => false);
  if (way === 'asked' && isBound) {
    request(at);
    await run(1);
  }
  for (const chunk of input.chunks) {
    const bytes = way === 'sealed' ? seal(chunk) : way === 'asked' ? fitTo(latest, chunk) : chunk;
    if (isBound) {
      heard.sends(bytes);
      trip(bytes, () => heard.datagram(Buffer.of(0x60, 0, 0x77, 0x77)));
      socket.send(bytes, server);
    }
    await run(input.pause);
  }
  const leave = (): void => {
    if (isBound) void socket.stop();
    isOpen = false;
  };
  return { peer: heard, leave, left: input.stays };
}

/** What answers a request has its token, and sometimes its id. */
function fitTo(request: Buffer | undefined, chunk: Buffer): Buffer {
  if (!request || request.length < 12 || chunk.length < 4) return chunk;
  const fitted = Buffer.from(chunk);
  if (fitted.readUInt16BE(2) === asId) request.copy(fitted, 2, 2, 4);
  if (fitted.subarray(4, 12).equals(asToken)) request.copy(fitted, 4, 4, 12);
  return fitted;
}

export async function overStream({ network, input, heard, run, trip }: Lent): Promise<Staying> {
  const { stream }: { stream: Duplex } = await network.streams().connect(server, new AbortController().signal);
  stream.on('error', () => undefined);
  if (input.reads) stream.on('data', heard.stream);
  stream.on('end', () => stream.end());
  await run(0);
  for (const chunk of input.chunks) {
    trip(chunk, () => heard.stream(Buffer.of(0x00, 0x45)));
    if (stream.writable) stream.write(chunk);
    await run(input.pause);
  }
  const leave = (): void => void (input.ends === 'finishes' ? stream.end(() => stream.destroy()) : stream.destroy());
  return { peer: heard, leave, left: input.stays };
}

/** Something that the endpoint has asked for and that has not ended. */
export interface Asked {
  /** It goes on until somebody cancels it. */
  observation?: Observation;
}

/** The endpoint asks a fuzzed peer, in one of the ways there are. What that comes to is the peer's doing; that it ends is ours. */
export function ask(endpoint: Endpoint, to: Address, made: number, asked: Set<Asked>): void {
  const random = seeded(made);
  const target = `coap://${to.host}:${to.port}/x`;
  const one: Asked = {};
  const observe = async (): Promise<void> => {
    one.observation = await endpoint.observe(target);
    for await (const _state of one.observation) if (coin(random, 0.3)) break;
  };
  const request = async (): Promise<void> => {
    const method = oneOf(random, ['GET', 'PUT', 'POST', 'FETCH'] as const);
    const payload = coin(random) ? 'p'.repeat(oneOf(random, [1, 3_000])) : '';
    await endpoint.request(target, { method, payload, confirmable: coin(random) });
  };
  asked.add(one);
  (coin(random, 0.3) ? observe() : request()).catch(() => undefined).finally(() => asked.delete(one));
}
