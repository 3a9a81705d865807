import type { Life, World } from '../world.ts';
import { connectionPair, type SimulatedConnection } from './connection.ts';
import { defaultWire, type Wire, type WireEnd, type WireOptions, wire } from './wire.ts';

/** Machines that can reach each other, until something cuts, resets or refuses. */
export interface SimulatedNetwork {
  /** Takes connections to `machine:port` for as long as the life goes on, or until the function it gives is called. */
  listen(life: Life, port: string, accept: (connection: SimulatedConnection, from: string) => void): () => void;
  /**
   * Connects to `machine:port` in one round trip. Rejects with a `ConnectFailure`, or with the signal's reason. Never
   * settles when the caller's life ends.
   */
  connect(life: Life, address: string, signal?: AbortSignal): Promise<SimulatedConnection>;
  /** The way between two machines, in both directions. */
  between(one: string, other: string): Wire;
  /** Every way that has been used or asked for. */
  wires(): readonly Wire[];
}

export interface NetworkOptions {
  readonly wire?: WireOptions;
  /** Milliseconds after which an attempt to connect into silence gives up. */
  readonly connectTimeout?: number;
}

export class ConnectFailure extends Error {
  /** As Node names it. */
  readonly code: 'ECONNREFUSED' | 'ETIMEDOUT';

  constructor(code: 'ECONNREFUSED' | 'ETIMEDOUT', address: string) {
    super(`connect ${code} ${address}`);
    this.name = 'ConnectFailure';
    this.code = code;
  }
}

interface Listener {
  readonly life: Life;
  readonly accept: (connection: SimulatedConnection, from: string) => void;
}

export function simulatedNetwork(world: World, options: NetworkOptions = {}): SimulatedNetwork {
  const { timeline } = world;
  const connectTimeout = options.connectTimeout ?? 10_000;
  const listeners = new Map<string, Listener>();
  const wires = new Map<string, WireEnd>();

  const between = (one: string, other: string): WireEnd => {
    const name = [one, other].sort((a, b) => (a < b ? -1 : 1)).join(' — ');
    const known = wires.get(name) ?? wire(options.wire ?? defaultWire, world.chance(`wire ${name}`));
    wires.set(name, known);
    return known;
  };

  type Outcome = SimulatedConnection | ConnectFailure;
  const attempt = (life: Life, address: string, settle: (outcome: Outcome) => void): void => {
    const way = between(life.machine, machineOf(address));
    const sentAt = timeline.now;
    const answer = (at: number, outcome: Outcome): void => void timeline.plan(at, () => settle(outcome), life);
    const giveUp = (): void => answer(sentAt + connectTimeout, new ConnectFailure('ETIMEDOUT', address));
    const arrive = (): void => {
      const listener = listeners.get(address);
      const answersAt = timeline.now + way.delay();
      if (way.isCut || !isOn(machineOf(address))) giveUp();
      else if (!listener || listener.life.ended || way.refuse)
        answer(answersAt, new ConnectFailure('ECONNREFUSED', address));
      else {
        const pair = connectionPair({ wire: way, timeline, caller: life, callee: listener.life, isOn });
        timeline.plan(answersAt, () => (way.isCut ? giveUp() : settle(pair.caller)), life);
        listener.accept(pair.callee, life.machine);
      }
    };
    // The call goes its way, whatever becomes of the caller meanwhile.
    if (way.isCut) giveUp();
    else timeline.plan(sentAt + way.delay(), arrive);
  };

  const isOn = (machine: string): boolean => world.machine(machine).life !== undefined;

  return {
    listen(life, port, accept) {
      const address = `${life.machine}:${port}`;
      const taken = listeners.get(address);
      if (taken && !taken.life.ended) throw new Error(`${address} is taken`);
      const listener = { life, accept };
      listeners.set(address, listener);
      return () => {
        if (listeners.get(address) === listener) listeners.delete(address);
      };
    },
    connect: (life, address, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const abort = (): void => reject(signal?.reason);
        signal?.addEventListener('abort', abort, { once: true });
        attempt(life, address, (outcome) => {
          signal?.removeEventListener('abort', abort);
          if (outcome instanceof ConnectFailure) reject(outcome);
          else if (signal?.aborted) outcome.close('nobody waits for it any more');
          else resolve(outcome);
        });
      }),
    between,
    wires: () => [...wires.values()],
  };
}

const machineOf = (address: string): string => address.slice(0, address.lastIndexOf(':'));
