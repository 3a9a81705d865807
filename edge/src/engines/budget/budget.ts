import type { Duration } from '@selvedge/kernel';
import type { LinkBudget, LinkFlow, LinkTier } from '../../ports.ts';
import { bucket } from './bucket.ts';
import { withinCap } from './caps.ts';
import { type Departure, estimate } from './estimate.ts';
import { guests as guestsOf } from './guests.ts';
import type { Meter } from './meter.ts';
import { shares } from './shares.ts';

export interface BudgetOptions {
  /** Bytes for a second that the link carries; 0: it is measured. */
  readonly capacity: number;
  /** Bytes that may be under way at most, however fast the link seems to be. */
  readonly windowMax: number;
  /** How long what leaves now may stand in queues on its way. */
  readonly delayMax: Duration;
  /** Requests of each class that may wait as live ones. */
  readonly queueMax: readonly number[];
  readonly lifetime: Duration;
}

/** Percent of the link that each class has whatever the others want. */
export const classShares = [30, 40, 20, 10] as const;

/** Under way, and in a frame, before anything is known of a link: it may be one of 64 kbit/s. */
const firstWindow = 4_096;
const firstFrame = 1_024;
const frameMin = 512;
const frameMax = 128 * 1_024;
/** A frame occupies the link for a part of a second at most, so that an alarm behind it does not wait for long. */
const framesPerSecond = 8;

/**
 * One budget for all that uses the link. Live flows share it by class; the backlog gets what they leave. How much is under
 * way is bounded by what the link carries within its round trip and `delayMax`, so that nothing urgent waits behind a full
 * pipe. Hot: it keeps its state in place, and takes the time as ticks in milliseconds.
 */
export function linkBudget(options: BudgetOptions, meter: Meter): LinkBudget {
  const way = estimate(options.capacity);
  const tokens = bucket();
  const tiers = { live: shares(classShares, 16_384), backlog: shares(classShares, 16_384) };
  const counts = classShares.map(() => ({ frames: 0, bytes: 0, backlogBytes: 0 }));
  let wanted = (): void => undefined;
  let guestFirst = false;
  let blocked = false;
  const guests = guestsOf(options, () => wanted());

  /** Congestion takes its part of the capacity. [BUD-6] */
  const eased = (): number => (way.congestion > 0.8 ? 0.6 : way.congestion > 0.5 ? 0.8 : 1);
  const capacity = (): number | undefined => (options.capacity > 0 ? options.capacity : way.bytesPerSecond);

  const windowBytes = (): number => {
    const rate = capacity();
    if (rate === undefined) return Math.min(firstWindow, options.windowMax);
    const within = (rate * eased() * (way.roundTrip + options.delayMax)) / 1_000;
    // With less than two frames under way the link would rest while one is acknowledged, and seem slower than it is.
    return Math.min(options.windowMax, Math.max(within, (1.25 * rate * eased()) / framesPerSecond, 2 * frameMin));
  };

  const pace = (now: number): void => {
    const rate = capacity();
    if (rate === undefined) return;
    // What is measured must be able to grow: it is only seen to be more when more is tried.
    const factor = (options.capacity > 0 ? 1 : 2) * eased();
    tokens.fill(rate * factor, windowBytes(), now);
    for (const tier of Object.values(tiers)) tier.resize(Math.max(frameMin * 4, (rate * factor) / framesPerSecond));
  };

  /** Critical bytes that may be under way whatever else is: to wait for what has left already helps nobody. */
  const urgentRoom = (): number => Math.max(frameMin, windowBytes() / 4);

  /** Milliseconds until the flow may send; 0 now, Infinity when only an acknowledgement can help. */
  const held = (klass: number, now: number): number => {
    if (klass === 0 && way.urgentInFlight < urgentRoom()) return 0;
    if (way.inFlight === 0) return tokens.wait(now);
    // The last quarter is for what is critical alone.
    const room = windowBytes() * (klass === 0 ? 1 : 0.75);
    if (way.inFlight >= room || (way.probing && klass > 0)) return Number.POSITIVE_INFINITY;
    return klass === 0 ? 0 : tokens.wait(now);
  };

  const account = ({ klass, tier }: LinkFlow, size: number, now: number): Departure => {
    const share = Math.min(klass, classShares.length - 1);
    tiers[tier].spend(share, size);
    tokens.spend(size, now);
    counts[share]!.frames += 1;
    counts[share]!.bytes += size;
    if (tier === 'backlog') counts[share]!.backlogBytes += size;
    return way.left(size, { pressed: blocked, urgent: share === 0 }, now);
  };

  const admit = (flow: LinkFlow, now: number): void => {
    const one = guests.take(flow.klass, flow.tier)!;
    const departure = account(flow, one.request.bytes, now);
    one.grant({ done: (at) => way.acknowledged(departure, at), failed: () => way.lost(departure) });
  };

  /** The next flow of a tier, be it a lane's or a guest's; undefined when none of it wants or may. */
  const nextOf = (tier: LinkTier, wants: (flow: LinkFlow) => boolean, used: number) => {
    const laneOf = (share: number): LinkFlow | undefined =>
      [share, ...(share === 3 ? [4] : [])]
        .map((klass): LinkFlow => ({ klass, tier }))
        .find((flow) => withinCap(flow, false, used) && wants(flow));
    const guestOf = (klass: number): LinkFlow | undefined => {
      const one = guests.waits(klass, tier);
      const flow = { klass, tier };
      return one && withinCap(flow, one.request.expendable ?? false, used) ? flow : undefined;
    };
    const share = tiers[tier].next((klass) => laneOf(klass) !== undefined || guestOf(klass) !== undefined);
    if (share === undefined) return undefined;
    const [lane, guest] = [laneOf(share), guestOf(share)];
    const isGuest = guest !== undefined && (lane === undefined || guestFirst);
    guestFirst = !isGuest;
    return { flow: (isGuest ? guest : lane)!, isGuest };
  };

  return {
    next(wants, now, wall) {
      pace(now);
      const used = meter.used(wall);
      for (;;) {
        const found = nextOf('live', wants, used) ?? nextOf('backlog', wants, used);
        if (!found) {
          blocked = false;
          return { wait: Number.POSITIVE_INFINITY };
        }
        const wait = held(found.flow.klass, now);
        if (wait > 0) {
          blocked = true;
          return { wait };
        }
        if (!found.isGuest) return { flow: found.flow };
        admit(found.flow, now);
      }
    },
    sent: account,
    acknowledged: (departure, now) => way.acknowledged(departure as Departure, now),
    lost: (departure) => way.lost(departure as Departure),
    watch(now) {
      way.watch(now);
      guests.age(now);
    },
    get frameBytes() {
      const rate = capacity();
      if (rate === undefined) return firstFrame;
      return Math.round(Math.max(frameMin, Math.min(frameMax, (rate * eased()) / framesPerSecond)));
    },
    request: (request, now) => guests.ask(request, now),
    onWanted(listener) {
      wanted = listener;
    },
    meter,
    view: (wall) => ({
      capacityBytesPerSecond: Math.round(capacity() ?? 0),
      capacityIsMeasured: options.capacity === 0,
      congestion: way.congestion,
      roundTripSeconds: way.roundTrip / 1_000,
      inFlightBytes: way.inFlight,
      windowBytes: Math.round(windowBytes()),
      classes: counts.map((count, klass) => ({ ...count, ...guests.counts[klass]! })),
      meter: meter.view(wall),
    }),
  };
}
