import type { Cursor, Journal } from '@selvedge/journal';
import { type Clock, type Duration, millis } from '@selvedge/kernel';
import { type Interval, lanes as laneNames } from '@selvedge/protocol';
import type { LinkBudget, LinkFlow } from '../../ports.ts';
import { fetchBacklog } from './backlog.ts';
import type { Channel } from './channel.ts';
import type { DeviceTally } from './device-tally.ts';
import type { FrameWriter } from './frames.ts';
import { meetsInterval, missingIn } from './interval.ts';
import {
  acknowledge,
  demote,
  type Flight,
  firstUndone,
  flightOf,
  freshLane,
  type Lane,
  loseFlights,
  pushLive,
  rangeOf,
  takeBack,
  takeBatches,
} from './lane.ts';

export interface ShipperOptions {
  /** How long what is new waits for more, so that frames are few; by class. */
  readonly gather: readonly Duration[];
  /** Batches of each class that may wait as live ones; beyond it the oldest are left to the backlog. */
  readonly queueMax: readonly number[];
  /** Bytes of all classes that may. */
  readonly liveBytesMax: number;
  /** A batch that has waited for so long is live no more. */
  readonly lifetime: Duration;
}

export interface ShipperParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly budget: LinkBudget;
  /** One for each class. */
  readonly cursors: readonly Cursor[];
  readonly tally: DeviceTally;
  /** Where frames of a class leave now. */
  readonly channelFor: (klass: number) => Channel;
  /** Writes the frames, and those of what the cloud wants batch by batch. */
  readonly frames: FrameWriter;
  readonly singles: FrameWriter;
}

/** Brings the journal to the cloud over a link that is open: what is new first, what was left behind with what is left. */
export interface Shipper {
  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Something is new in the journal, or the way has become free. */
  nudge(): void;
  acknowledged(intervals: readonly Interval[]): void;
  /**
   * What begins at the offset was refused: a single batch was set aside, which counts as acknowledged; of a run the cloud
   * could not tell which batch is broken, so that it goes again batch by batch. [LNK-37]
   */
  refused(offset: number): void;
  /** The connection is gone: what was under way on it goes again. */
  lost(by: Channel): void;
  /** To be called every second or so. */
  watch(): void;
  /** By class: batches that wait as live ones, and how many were demoted. */
  readonly counts: readonly { readonly waiting: number; readonly demoted: number }[];
}

/** Plain bytes that one frame may stand for; the cloud bounds what it unpacks. */
const plainMax = 256 * 1_024;

/**
 * `held` is what the cloud has. What lies before the head at this moment is backlog and is read from the journal anew;
 * what comes after is live. [LNK-31] [LNK-32]
 */
export function shipper(options: ShipperOptions, parts: ShipperParts, held: readonly Interval[]): Shipper {
  const { journal, clock, budget, cursors, tally, frames, singles } = parts;
  const head = journal.head.offset;
  const base = journal.use().firstOffset;
  // A cloud that was restored from a backup lacks what it had acknowledged: it gets it again from what is kept.
  const lacking = missingIn(held, [base, Math.max(base, head)])[0]?.[0] ?? head;
  const lanes = cursors.map((cursor, klass) =>
    freshLane(klass, missingIn(held, [Math.min(cursor.offset, lacking), head])),
  );
  let scanned = head;
  let wake: (() => void) | undefined;
  // Set by a nudge that comes while a pass is under way, so that it is not lost between the pass and the wait.
  let nudged = false;
  let over = new AbortController().signal;

  const nudge = (): void => {
    nudged = true;
    wake?.();
  };

  const advance = (): void => {
    for (const lane of lanes) {
      const cursor = cursors[lane.klass]!;
      const done = firstUndone(lane, scanned);
      if (done > cursor.offset) cursor.advance(done);
    }
  };

  /** Takes in what is new, of all classes in one pass. */
  const takeLive = async (): Promise<void> => {
    if (scanned >= journal.head.offset) return;
    for await (const batch of journal.read(scanned)) {
      if (over.aborted) return;
      const [from, to] = rangeOf(batch);
      if (to <= scanned) continue;
      const lane = lanes[batch.klass];
      // A place that was damaged was skipped by the reader; it is over for the link.
      scanned = to;
      if (!lane || from < head) continue;
      pushLive(lane, batch, clock.ticks());
      if (lane.live.length > options.queueMax[lane.klass]!) demote(lane, Math.ceil(lane.live.length / 2));
    }
    makeRoom();
    advance();
  };

  /** The least urgent gives way first; what is critical never does. [BUD-4] */
  const makeRoom = (): void => {
    for (let klass = lanes.length - 1; klass > 0 && liveBytes() > options.liveBytesMax; klass--) {
      const lane = lanes[klass]!;
      while (lane.live.length > 0 && liveBytes() > options.liveBytesMax) demote(lane, Math.ceil(lane.live.length / 2));
    }
  };
  const liveBytes = (): number => lanes.reduce((sum, lane) => sum + lane.liveBytes, 0);

  /** Plain bytes that make a frame of the size that the budget likes. */
  const plainTarget = (lane: Lane): number => Math.min(plainMax, budget.frameBytes / lane.ratio);

  /** Milliseconds until the live data of a lane is due; Infinity when it has none. */
  const dueIn = (lane: Lane, now: number): number => {
    const [oldest] = lane.live;
    if (!oldest) return Number.POSITIVE_INFINITY;
    if (lane.liveBytes >= plainTarget(lane) || lane.live.length * 2 >= options.queueMax[lane.klass]!) return 0;
    return Math.max(0, oldest.at + options.gather[lane.klass]! - now);
  };

  const replayIsReady = (lane: Lane): boolean =>
    lane.replay.length > 0 && !(lane.isFetching && lane.replayBytes < plainTarget(lane));

  /** What is critical has no backlog: what was left of it goes before all that is new. */
  const wants = ({ klass, tier }: LinkFlow): boolean => {
    const lane = lanes[klass];
    if (!lane) return false;
    if (tier === 'live') return dueIn(lane, clock.ticks()) === 0 || (klass === 0 && replayIsReady(lane));
    return klass > 0 && replayIsReady(lane);
  };

  const fetch = (lane: Lane): void => {
    const least = 2 * plainTarget(lane);
    if (lane.isFetching || lane.ranges.length === 0 || lane.replayBytes >= least) return;
    lane.isFetching = true;
    fetchBacklog(lane, journal, 2 * least, over).then(
      () => {
        lane.isFetching = false;
        advance();
        nudge();
      },
      (cause: unknown) => fail(cause),
    );
  };

  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const fail = (cause: unknown): void => (over.aborted ? undefined : failed.reject(cause));

  const send = (flow: LinkFlow): void => {
    const lane = lanes[flow.klass]!;
    const replays = flow.tier === 'backlog' || (flow.klass === 0 && lane.replay.length > 0);
    const from = replays ? lane.replay[0]! : lane.live[0]!.batch;
    const writer = meetsInterval(lane.suspect, rangeOf(from)) ? singles : frames;
    const batches = takeBatches(lane, replays ? 'replay' : 'live', plainTarget(lane), writer.batchesMax);
    const by = parts.channelFor(flow.klass);
    const frame = writer.write(batches, { ...flow, tier: replays ? 'backlog' : flow.tier }, by);
    const plain = batches.reduce((sum, batch) => sum + batch.bodyLength, 0);
    lane.ratio = Math.max(0.01, 0.8 * lane.ratio + 0.2 * Math.min(4, frame.length / Math.max(64, plain)));
    const departure = budget.sent(flow, frame.length, clock.ticks());
    lane.flights.push(flightOf(batches, departure, by, writer === singles));
    by.ship(frame);
    tally.count(batches, frame.length);
  };

  /** Sends as much as may leave; gives the milliseconds until it is worth looking again. */
  const sendAll = (): number => {
    const began = clock.ticks();
    for (;;) {
      const now = clock.ticks();
      for (const lane of lanes) fetch(lane);
      const turn = budget.next(wants, now, clock.wall());
      if ('flow' in turn) send(turn.flow);
      else return Math.min(turn.wait, ...lanes.map((lane) => dueIn(lane, now) || Number.POSITIVE_INFINITY));
      // Others have their turn: a long backlog on a fast link must not keep the doors waiting.
      if (now - began > 5) return 0;
    }
  };

  const rest = async (wait: number, signal: AbortSignal): Promise<void> => {
    if (nudged) return;
    const waking = new AbortController();
    wake = () => waking.abort();
    const until = AbortSignal.any([waking.signal, signal]);
    if (wait === 0) await new Promise<void>((resolve) => clock.soon(resolve));
    else await clock.sleep(millis(Math.min(Math.max(1, wait), 1_000)), until).catch(() => undefined);
    wake = undefined;
  };

  const ship = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      nudged = false;
      await takeLive();
      if (!signal.aborted) await rest(sendAll(), signal);
    }
  };

  const finish = (flights: readonly Flight[]): void => {
    for (const { departure } of flights) budget.acknowledged(departure, clock.ticks());
  };

  const shipping: Shipper = {
    nudge,
    run(signal) {
      over = signal;
      budget.onWanted(nudge);
      signal.addEventListener('abort', nudge, { once: true });
      return Promise.race([ship(signal), failed.promise]).finally(() => {
        for (const lane of lanes) for (const { departure } of lane.flights) budget.lost(departure);
      });
    },
    acknowledged(intervals) {
      for (const lane of lanes) finish(acknowledge(lane, intervals));
      advance();
      nudge();
    },
    refused(offset) {
      for (const lane of lanes) {
        const one = lane.flights.find(({ left }) => left.some(([from]) => from === offset));
        if (one?.single) shipping.acknowledged([[one.from, one.to]]);
        else if (one) {
          const run = one.left.find(([from]) => from === offset)!;
          finish(takeBack(lane, one, run));
          nudge();
        }
      }
    },
    lost(by) {
      for (const lane of lanes) for (const { departure } of loseFlights(lane, by)) budget.lost(departure);
      nudge();
    },
    watch() {
      const now = clock.ticks();
      budget.watch(now);
      for (const lane of lanes.slice(1)) {
        const stale = lane.live.findIndex(({ at }) => now - at < options.lifetime);
        demote(lane, stale < 0 ? lane.live.length : stale);
      }
      nudge();
    },
    get counts() {
      return laneNames.map((_, klass) => {
        const lane = lanes[klass];
        return { waiting: lane?.live.length ?? 0, demoted: lane?.demoted ?? 0 };
      });
    },
  };
  return shipping;
}
