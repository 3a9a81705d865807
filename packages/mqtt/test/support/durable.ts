import { duplexPair } from 'node:stream';
import { type Journal, journal, visitRecords } from '@selvedge/journal';
import { type Clock, days, type Log, logTo, millis, type Random, seeded, seededEntropy } from '@selvedge/kernel';
import { type SimulatedDisk, simulatedDisk } from '../../../../testkit/src/disk/simulated-disk.ts';
import {
  type Broker,
  type BrokerWorld,
  broker,
  diskSpool,
  type Intake,
  type JournalSessions,
  journalSessions,
  type Limits,
  type SessionStore,
  type Spool,
} from '../../src/index.ts';
import { type TestClock, testClock } from './clock.ts';
import { type ConnectFields, connect, type Version } from './wire.ts';
import { type Peer, peerOn } from './world.ts';

export interface HouseOptions {
  readonly random?: Random;
  readonly limits?: Partial<Limits>;
  readonly checkpointMin?: number;
  /** With a spool on the same disk, for publishes of this size and more. */
  readonly spoolFrom?: number;
  /** Puts something between the broker and its spool. */
  readonly mutateSpool?: ((spool: Spool) => Spool) | undefined;
  readonly lent?: Partial<BrokerWorld>;
  /** Puts something between the broker and its store. */
  readonly mutate?: (store: SessionStore) => SessionStore;
  /** Called at the beginning of each life, with its clock and disk. */
  readonly intake?: (life: Life) => Promise<Intake>;
}

export interface Life {
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly disk: ReturnType<SimulatedDisk['mount']>;
}

/** A broker on a simulated disk that can be killed and begun again. */
export interface House {
  readonly clock: TestClock;
  readonly plate: SimulatedDisk;
  readonly broker: Broker;
  readonly store: JournalSessions;
  readonly errors: readonly string[];
  begin(): Promise<void>;
  /** Ends the process: what it wrote stays. The connections break. */
  kill(): void;
  /** The same with the power: what was not synced is lost or torn. */
  cut(): void;
  /** Forgets the life that a power cut of the plate's own has ended. */
  mourn(): void;
  /** A stream on which nothing has been said yet. */
  raw(version?: Version): Peer;
  dial(fields?: ConnectFields): Promise<Peer>;
}

export function house(options: HouseOptions = {}): House {
  const random = options.random ?? seeded(1);
  const plate = simulatedDisk({ random });
  const clock = testClock();
  const errors: string[] = [];
  let streams: { destroy(): void }[] = [];
  let alive = { ended: false };
  let one: Broker;
  let store: JournalSessions;
  let ports = 1;

  const begin = async (): Promise<void> => {
    const life: { ended: boolean } = { ended: false };
    alive = life;
    const log: Log = logTo((_, event) => void (life.ended || errors.push(event)), 'error');
    const lent = { clock: clockOf(clock, life), disk: plate.mount() };
    const { checkpointMin = 1_000_000 } = options;
    const world = { ...lent, entropy: seededEntropy(ports), log };
    store = journalSessions({ dir: '/data/sessions', checkpointMin, segmentSize: 8_192 }, world);
    await store.start(new AbortController().signal);
    const intake = await options.intake?.({ ...lent, store });
    const sessions = options.mutate?.(store) ?? store;
    const { spoolFrom } = options;
    const spool = spoolFrom === undefined ? undefined : diskSpool({ dir: '/data/spool' }, lent);
    await spool?.start(new AbortController().signal);
    one = broker(
      { limits: { ...options.limits, ...(spoolFrom === undefined ? {} : { spoolFrom }) } },
      {
        clock: lent.clock,
        log,
        random: seeded(1),
        sessions,
        ...(spool ? { spool: options.mutateSpool?.(spool) ?? spool } : {}),
        ...(intake ? { intake } : {}),
        ...options.lent,
      },
    );
    await one.start(new AbortController().signal);
  };

  const mourn = (): void => {
    alive.ended = true;
    for (const stream of streams) stream.destroy();
    streams = [];
  };

  const raw = (version: Version = 4): Peer => {
    const [theirs, ours] = duplexPair();
    const peer = peerOn(theirs, version);
    streams.push(theirs, ours);
    one.accept(ours, { address: `test:${ports++}`, secure: false });
    return peer;
  };

  return {
    clock,
    plate,
    errors,
    raw,
    get broker() {
      return one;
    },
    get store() {
      return store;
    },
    begin,
    mourn,
    kill() {
      plate.kill();
      mourn();
    },
    cut() {
      plate.powerCut();
      mourn();
    },
    async dial(fields = {}) {
      const peer = raw(fields.version);
      await peer.send(connect(fields));
      return peer;
    },
  };
}

/** The clock as a process sees it: nothing happens any more once it has ended. */
const clockOf = (clock: Clock, life: { readonly ended: boolean }): Clock => ({
  wall: clock.wall,
  ticks: clock.ticks,
  soon: (task) => clock.soon(() => void (life.ended || task())),
  sleep: (wait, signal) =>
    new Promise((resolve, reject) => clock.sleep(wait, signal).then(() => void (life.ended || resolve()), reject)),
});

export interface Taken {
  readonly clientId: string;
  readonly packetId: number;
  readonly sequence: number;
  readonly qos: number;
  readonly topic: string;
  readonly payload: string;
}

/** `forgetful`: does not tell what it has. `hasty`: tells the store of a reception before it is kept. */
export type IntakeKind = 'honest' | 'forgetful' | 'hasty';

/** An intake that keeps what it takes in a journal of its own, with its name. */
export async function journalIntake({ clock, disk, store }: Life, kind: IntakeKind = 'honest'): Promise<Intake> {
  const log = intakeJournal(clock, disk);
  await log.start(new AbortController().signal);
  const intake: Intake = {
    take({ clientId }, { packetId, sequence, qos, topic, bytes, start, end }) {
      const one: Taken = { clientId, packetId, sequence, qos, topic, payload: bytes.toString('utf8', start, end) };
      if (kind === 'hasty' && qos === 2) {
        store.received(clientId, packetId);
        store.commit()?.catch(() => undefined);
      }
      log.append(0, Buffer.from(JSON.stringify(one)));
      return 0;
    },
    commit: () => log.commit(),
  };
  if (kind === 'forgetful') return intake;
  return {
    ...intake,
    async *takenAfter(sequence) {
      for (const one of await takenIn(log)) if (one.sequence > sequence) yield one;
    },
  };
}

const intakeJournal = (clock: Clock, disk: Life['disk']): Journal =>
  journal(
    {
      dir: '/data/intake',
      classes: [{ name: 'publishes', bytesMax: 2 ** 40, ageMax: days(9_999) }],
      sizeMax: 2 ** 30,
      segmentSize: 65_536,
      keep: millis(0),
    },
    { clock, disk, entropy: seededEntropy(5), log: logTo(() => undefined, 'error') },
  );

/** Everything that the intake has, from the disk of a house whose broker has ended. */
export async function takenFrom({ clock, plate }: House): Promise<Taken[]> {
  const log = intakeJournal(clock, plate.mount());
  await log.start(new AbortController().signal);
  return takenIn(log);
}

async function takenIn(log: Journal): Promise<Taken[]> {
  const found: Taken[] = [];
  for await (const batch of log.read(0)) {
    visitRecords(batch, (body, from, to) => void found.push(JSON.parse(body.toString('utf8', from, to)) as Taken));
  }
  return found;
}
