import { type Journal, journal as journalOf } from '@selvedge/journal';
import { days, hours, seconds } from '@selvedge/kernel';
import { classOf, encodeReading, lanes } from '@selvedge/protocol';
import { type SimulatedDisk, world as simulate, simulatedDisk } from '@selvedge/testkit';
import { bridgeFaults } from './faults.ts';
import { type Feed, feed } from './feed.ts';
import type { BridgeMessage, Dial, Line } from './line.ts';
import { readingMessage } from './readings.ts';
import { limits } from './relay.fixture.ts';

export const seqOf = ({ payload }: BridgeMessage): number =>
  (JSON.parse(Buffer.from(payload).toString('utf8')) as { readonly $seq: number }).$seq;

/** The other broker: it has what it acknowledged, and loses its connections when told. */
export function farBroker(at: (time: number, task: () => void) => void, now: () => number, delay: () => number) {
  const state: { reachable: boolean; code: (seq: number) => number; receiveMax: number } = {
    reachable: true,
    code: () => 0,
    receiveMax: 100,
  };
  const got: number[] = [];
  const lines = new Set<AbortController>();
  const most = { unanswered: 0 };
  const dial: Dial = (_options, events) => {
    if (!state.reachable) return Promise.reject(bridgeFaults('BRIDGE_UNREACHABLE', 'nobody there'));
    const lost = new AbortController();
    lines.add(lost);
    let unanswered = 0;
    // A connection keeps the order.
    const free = { there: 0, back: 0 };
    const carry = (way: keyof typeof free, task: () => void): void => {
      free[way] = Math.max(free[way], now() + delay());
      at(free[way], () => void (lost.signal.aborted || task()));
    };
    const line: Pick<Line, 'lost' | 'limits' | 'open' | 'publish' | 'close'> = {
      lost: lost.signal,
      limits: { ...limits, receiveMax: state.receiveMax },
      open: () => undefined,
      publish(message, id) {
        most.unanswered = Math.max(most.unanswered, ++unanswered);
        carry('there', () => {
          const code = state.code(seqOf(message));
          if (code < 0x80) got.push(seqOf(message));
          // The answer may still be lost.
          carry('back', () => {
            unanswered -= 1;
            events.acknowledged(id, code);
          });
        });
      },
      async close() {
        lost.abort(bridgeFaults('BRIDGE_LOST', 'closed'));
        lines.delete(lost);
      },
    };
    return Promise.resolve(line as Line);
  };
  const cut = (): void => {
    for (const one of lines) one.abort(bridgeFaults('BRIDGE_LOST', 'cut'));
    lines.clear();
  };
  return { state, got, dial, cut, most };
}

/** A node with a journal and a feed, whose power can be cut; all in simulated time. */
export async function feedSite(seed: number) {
  const world = simulate(seed);
  const machine = world.machine('edge');
  const disk: SimulatedDisk = simulatedDisk({ random: world.chance('disk'), clock: world.clock, delayMax: 2 });
  const chance = world.chance('far');
  const far = farBroker(
    (time, task) => world.after(time - world.timeline.now, task),
    () => world.timeline.now,
    () => 1 + chance.next() * 20,
  );
  const dropped: string[] = [];
  const state: { journal: Journal; feed: Feed; end: () => void } = {
    journal: undefined!,
    feed: undefined!,
    end: () => undefined,
  };
  let now = 0;
  const run = async (milliseconds: number): Promise<void> => world.run((now += milliseconds));
  const boot = async (): Promise<void> => {
    const life = machine.boot();
    const one = journalOf(
      {
        dir: '/j',
        classes: lanes.map((name) => ({ name, bytesMax: 2 ** 24, ageMax: days(30) })),
        sizeMax: 2 ** 25,
        segmentSize: 2 ** 16,
        keep: hours(1),
      },
      { ...life, disk: disk.mount() },
    );
    let isUp = false;
    void one.start(new AbortController().signal).then(() => (isUp = true));
    while (!isUp) await run(1);
    const ended = new AbortController();
    life.onEnd(() => ended.abort());
    state.journal = one;
    state.end = () => ended.abort();
    state.feed = feed(
      { bridge: 'b', inFlightMax: 8, retryMin: seconds(1), retryMax: seconds(4) },
      {
        ...life,
        sink: far.dial,
        journal: () => one,
        messageOf: (reading) => (reading.device === 'other' ? undefined : readingMessage(reading)),
        decide: (message) => ({ ok: true, message }),
        onForwarded: () => undefined,
        onDropped: (reason) => void dropped.push(reason),
        onLost: () => undefined,
      },
    );
    let isReady = false;
    void state.feed.prepare(ended.signal).then(() => (isReady = true));
    while (!isReady) await run(1);
    void state.feed.run(ended.signal);
  };
  await boot();
  let seq = 0;
  const durable: number[] = [];
  return {
    far,
    run,
    boot,
    dropped,
    durable,
    state,
    /** Journals a reading; it counts from when it is durable. */
    take(device = 'pump-7') {
      const one = ++seq;
      const reading = { device, takenAt: now, receivedAt: now, quality: 0, boot: 1, seq: one, values: { t: one } };
      state.journal.append(classOf('reading'), encodeReading(reading));
      void state.journal.commit().then(
        () => void (device === 'other' || durable.push(one)),
        () => undefined,
      );
    },
    powerCut() {
      machine.cut();
      disk.powerCut();
      far.cut();
    },
  };
}
