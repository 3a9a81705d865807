import { once } from 'node:events';
import { connect } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { type Duration, seconds, seeded, silentLog } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';
import { type Access, type Broker, type BrokerOptions, type BrokerWorld, broker } from '../../src/index.ts';
import { testClock } from '../../test/support/clock.ts';

/**
 * How a broker is set up. `plain`: as it comes, open to anybody. `guarded`: only user `operator` with password `secret`,
 * who may not publish or subscribe to `forbidden` and below it. `enhanced`: knows the authentication method `counting`,
 * whose client is told a number and answers with the next one, from 1 to 4; a client that begins with `no` is refused.
 */
export type Setup = 'plain' | 'guarded' | 'enhanced';

/** A broker that cases are played against. */
export interface Target {
  dial(setup: Setup): Promise<Duplex>;
  pass(seconds: number): Promise<void>;
  /** How long a case waits for what has to come. */
  readonly patience: Duration;
}

export interface OwnTarget extends Target, AsyncDisposable {
  /** Where the broker with that setup listens. */
  port(setup: Setup): Promise<number>;
}

const patience = seconds(20);

/** Any broker that listens on loopback at the port which `portOf` gives for a setup. */
export const atPort = (portOf: (setup: Setup) => number | Promise<number>, wait: Duration = patience): Target => ({
  patience: wait,
  async dial(setup) {
    const socket = connect({ host: '127.0.0.1', port: await portOf(setup), noDelay: true });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  },
  pass: (count) => systemClock.sleep(seconds(count)),
});

/** Our broker behind real sockets. Time is the system's. */
export function ownTarget(): OwnTarget {
  const started = new Map<Setup, Promise<Broker>>();
  const port = async (setup: Setup): Promise<number> => {
    const listeners = [{ transport: 'tcp', host: '127.0.0.1', port: 0 }] as const;
    if (!started.has(setup)) started.set(setup, startOwn(setup, { listeners }, { clock: systemClock }));
    return (await started.get(setup)!).listening[0]!.port;
  };
  return { ...atPort(port), port, [Symbol.asyncDispose]: () => stopAll(started) };
}

/** Our broker on a clock that moves only when a case lets time pass. */
export function simulatedTarget(): Target & AsyncDisposable {
  const clock = testClock();
  const started = new Map<Setup, Promise<Broker>>();
  return {
    patience,
    async dial(setup) {
      if (!started.has(setup)) started.set(setup, startOwn(setup, {}, { clock }));
      const [theirs, ours] = duplexPair();
      (await started.get(setup)!).accept(ours, { address: 'test', secure: false });
      return theirs;
    },
    pass: (count) => clock.advance(count * 1_000),
    [Symbol.asyncDispose]: () => stopAll(started),
  };
}

async function startOwn(setup: Setup, options: BrokerOptions, world: Pick<BrokerWorld, 'clock'>): Promise<Broker> {
  const access = setup === 'plain' ? {} : { access: setup === 'guarded' ? guard : counting };
  const one = broker(options, { random: seeded(1), log: silentLog, ...world, ...access });
  await one.start(new AbortController().signal);
  return one;
}

async function stopAll(started: ReadonlyMap<Setup, Promise<Broker>>): Promise<void> {
  for (const one of started.values()) await (await one).stop();
}

const guard: Access = {
  authenticate: ({ username, password }) =>
    username === 'operator' && password?.toString() === 'secret' ? { ok: true } : { ok: false, code: 0x86 },
  authorize: (_client, _action, topicOrFilter) => !/^forbidden(?:\/|$)/.test(topicOrFilter),
};

const counting: Access = {
  authenticate: () => ({ ok: true }),
  authorize: () => true,
  exchange(_connect, method, again) {
    if (method !== 'counting') return undefined;
    let next = 0;
    return {
      step(data) {
        const said = Buffer.from(data ?? []).toString();
        if (said !== (next === 0 ? 'begin' : `${next}`))
          return { ok: false, code: 0x87, why: 'that is not the number' };
        next += 2;
        if (next > 4) return { ok: true, authenticationData: Buffer.from(again ? 'again' : 'welcome') };
        const more = { ok: 'more', data: Buffer.from(`${next - 1}`) } as const;
        return next > 2 ? Promise.resolve(more) : more;
      },
    };
  },
};
