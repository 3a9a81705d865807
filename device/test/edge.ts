import { type Clock, millis, type Random } from '@selvedge/kernel';
import { deviceFaults } from '../src/faults.ts';
import type { Connection, Session, Transport } from '../src/ports.ts';

export interface StoredReading {
  readonly boot: number;
  readonly seq: number;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface Result {
  readonly id: string;
  readonly status: string;
  readonly result: unknown;
}

interface Named {
  readonly $boot: number;
  readonly $seq: number;
  readonly timestamp: number;
}

/**
 * An edge with one device, on a network that takes up to `delayMax` milliseconds each way and breaks when told to. It
 * keeps readings by name as a real one does, and redelivers a command until the device has acknowledged it.
 */
export interface SimulatedEdge {
  /** The way to it for one life of the device. */
  transport(life: { readonly clock: Clock }): Transport;
  readonly stored: readonly StoredReading[];
  /** Readings that came under a name that was stored before. */
  readonly duplicates: number;
  readonly results: readonly Result[];
  /** What is retained on the device's status topic. */
  readonly status: { readonly online: boolean; readonly [name: string]: unknown } | undefined;
  /** Publications in flight at once, at most. */
  readonly inFlightSeen: number;
  send(command: object): void;
  /** Cuts the connection; what is on its way is lost. */
  cut(): void;
  /** While it is down nobody gets in. */
  down: boolean;
  /** Takes publications and acknowledges none. */
  mute: boolean;
  /** Refuses the next readings for now, or for ever. */
  refuse: { times: number; hopeless: boolean };
}

export function simulatedEdge(world: { readonly random: Random; readonly delayMax?: number }): SimulatedEdge {
  const { random, delayMax = 20 } = world;
  const stored: StoredReading[] = [];
  const results: Result[] = [];
  const commands: { readonly payload: Uint8Array; taken: boolean }[] = [];
  const refuse: SimulatedEdge['refuse'] = { times: 0, hopeless: false };
  let status: SimulatedEdge['status'];
  let duplicates = 0;
  let inFlightSeen = 0;
  let current: { readonly cut: (reason: string) => void; readonly deliver: () => void } | undefined;

  const store = (payload: Uint8Array): void => {
    const { $boot: boot, $seq: seq, timestamp: _, ...values } = textOf(payload) as Named;
    const last = stored.at(-1);
    if (last && (boot < last.boot || (boot === last.boot && seq <= last.seq))) duplicates += 1;
    else stored.push({ boot, seq, values });
  };

  /** What was refused for now comes before all that follows on the same connection. */
  const take = (topic: string, payload: Uint8Array, about: { refusing: boolean }): void => {
    if (topic.startsWith('sensors/')) {
      if (refuse.times > 0 || about.refusing) {
        refuse.times -= 1;
        about.refusing ||= !refuse.hopeless;
        throw deviceFaults(refuse.hopeless ? 'READING_REFUSED' : 'EDGE_REFUSED', 'told to refuse');
      }
      store(payload);
    } else if (topic.endsWith('/status')) status = textOf(payload) as NonNullable<SimulatedEdge['status']>;
    else results.push(textOf(payload) as Result);
  };

  const connect = (session: Session, clock: Clock): Connection => {
    const lost = new AbortController();
    let arrives = 0;
    let inFlight = 0;
    const about = { refusing: false };
    const sent = new Set<object>();
    const wait = async (order: boolean): Promise<void> => {
      // One connection delivers in order: nothing overtakes what was sent before.
      const at = Math.max(clock.ticks() + random.next() * delayMax, order ? arrives : 0);
      if (order) arrives = at;
      await clock.sleep(millis(at - clock.ticks()));
    };
    const cut = (reason: string): void => {
      if (lost.signal.aborted) return;
      lost.abort(deviceFaults('CONNECTION_LOST', reason));
      current = undefined;
    };
    const deliver = (): void => {
      for (const command of commands) {
        if (command.taken || sent.has(command)) continue;
        sent.add(command);
        void wait(false)
          .then(() => (lost.signal.aborted ? undefined : session.onMessage('', command.payload)))
          .then(() => wait(false))
          .then(
            () => {
              if (!lost.signal.aborted) command.taken = true;
            },
            () => cut('the device could not take a command'),
          );
      }
    };
    const connection: Connection = {
      lost: lost.signal,
      inFlightMax: 16,
      publish: (topic, payload) =>
        new Promise((resolve, reject) => {
          if (lost.signal.aborted) return reject(lost.signal.reason);
          lost.signal.addEventListener('abort', () => reject(lost.signal.reason), { once: true });
          inFlight += 1;
          inFlightSeen = Math.max(inFlightSeen, inFlight);
          void wait(true)
            .then(() => {
              if (!lost.signal.aborted) take(topic, payload, about);
            })
            .then(() => wait(true))
            .then(() => (edge.mute && topic.startsWith('sensors/') ? new Promise<void>(() => undefined) : undefined))
            .then(resolve, reject)
            .finally(() => (inFlight -= 1));
        }),
      async subscribe() {
        await wait(true);
        lost.signal.throwIfAborted();
        deliver();
      },
      async close() {
        cut('closed');
      },
    };
    current = { cut, deliver };
    lost.signal.addEventListener(
      'abort',
      () => {
        if ((lost.signal.reason as Error).message !== 'closed') take(session.will.topic, session.will.payload, about);
      },
      { once: true },
    );
    return connection;
  };

  const edge: SimulatedEdge = {
    transport: ({ clock }) => ({
      async connect(session, signal) {
        await clock.sleep(millis(random.next() * delayMax), signal);
        if (edge.down) throw deviceFaults('EDGE_UNREACHABLE', 'the edge is down');
        current?.cut('the same device came again');
        return connect(session, clock);
      },
    }),
    stored,
    results,
    refuse,
    get duplicates() {
      return duplicates;
    },
    get status() {
      return status;
    },
    get inFlightSeen() {
      return inFlightSeen;
    },
    send(command) {
      commands.push({ payload: new TextEncoder().encode(JSON.stringify(command)), taken: false });
      current?.deliver();
    },
    cut: () => current?.cut('cut'),
    down: false,
    mute: false,
  };
  return edge;
}

const textOf = (payload: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(payload));
