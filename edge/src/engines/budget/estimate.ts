/** What is remembered of a frame until it is acknowledged. Times are clock ticks in milliseconds. */
export interface Departure {
  readonly at: number;
  readonly size: number;
  /** Bytes under way when it left, without its own. */
  readonly ahead: number;
  /** Bytes that had been acknowledged when it left, and when the last of them were. */
  readonly delivered: number;
  readonly deliveredAt: number;
  /** It left as soon as the way was free for it: so the way, not the want of data, sets the pace. */
  readonly pressed: boolean;
  readonly urgent: boolean;
}

export interface Estimate {
  /** Bytes for a second that get through; undefined until something was acknowledged. */
  readonly bytesPerSecond: number | undefined;
  /** Milliseconds from leaving to acknowledgement when nothing else is under way. */
  readonly roundTrip: number;
  /** 0 (free) … 1 (jammed): how much later than expected acknowledgements come, smoothed. */
  readonly congestion: number;
  readonly inFlight: number;
  /** Of them, what is urgent. */
  readonly urgentInFlight: number;
  /** The way is to be left empty for a moment, so that the round trip can be told from the queue in it. */
  readonly probing: boolean;
  left(size: number, how: Pick<Departure, 'pressed' | 'urgent'>, now: number): Departure;
  acknowledged(departure: Departure, now: number): void;
  /** Its connection has ended: nobody knows whether it arrived. */
  lost(departure: Departure): void;
  /** Looks at what has been under way for too long; call it now and then. */
  watch(now: number): void;
}

/** An acknowledgement that comes so much later than expected is a full jam. Milliseconds. */
const jam = 1_000;
/** The congestion of a moment fades by half in this time. Milliseconds. */
const halfLife = 1_000;
/** A round trip that nothing has confirmed for so long is measured anew. Milliseconds. */
const roundTripAge = 60_000;
/** The capacity is the best rate of the last one or two windows of this length. Milliseconds. */
const windowMin = 2_000;

/**
 * Senses the way from acknowledgements alone: how much got through in which time, and how much later they come than the
 * bytes under way explain. `configured` is what the link should carry in bytes for a second, 0 where only measuring tells.
 * The idea of the rate samples is that of BBR (Cardwell et al., ACM Queue 14(5), 2016). [BUD-5]
 */
export function estimate(configured: number): Estimate {
  const flying = new Set<Departure>();
  let inFlight = 0;
  let urgentInFlight = 0;
  let delivered = 0;
  let deliveredAt = 0;
  let roundTrip = Number.POSITIVE_INFINITY;
  let confirmedAt = Number.NEGATIVE_INFINITY;
  let probing = false;
  let congestion = 0;
  let sensedAt = 0;
  let best: number | undefined;
  let before = 0;
  let windowEnd = 0;

  const sense = (sample: number, now: number): void => {
    const fading = 0.5 ** (Math.max(0, now - sensedAt) / halfLife);
    // Several acknowledgements of one moment are one sample, the worst of them.
    congestion = now === sensedAt ? Math.max(congestion, sample * 0.1 + congestion * 0.9) : mix(fading, sample);
    sensedAt = now;
  };
  const mix = (fading: number, sample: number): number => congestion * fading + sample * (1 - fading);

  const rate = (departure: Departure, now: number): void => {
    const sample = ((delivered - departure.delivered) * 1_000) / Math.max(1, now - departure.deliveredAt);
    if (departure.pressed && now >= windowEnd) {
      before = best ?? 0;
      best = 0;
      windowEnd = now + Math.max(windowMin, 4 * roundTrip);
    }
    best = Math.max(best ?? 0, sample);
  };

  const capacity = (): number | undefined => (best === undefined ? undefined : Math.max(best, before));

  const late = (departure: Departure, now: number): number => {
    const expected = configured > 0 ? configured : (capacity() ?? Number.POSITIVE_INFINITY);
    const explained = ((departure.ahead + departure.size) * 1_000) / expected;
    return Math.min(1, Math.max(0, now - departure.at - roundTrip - explained) / jam);
  };

  const gone = (departure: Departure): boolean => {
    if (!flying.delete(departure)) return false;
    inFlight -= departure.size;
    if (departure.urgent) urgentInFlight -= departure.size;
    return true;
  };

  return {
    get bytesPerSecond() {
      return capacity();
    },
    get roundTrip() {
      return Number.isFinite(roundTrip) ? roundTrip : 0;
    },
    get congestion() {
      return congestion;
    },
    get inFlight() {
      return inFlight;
    },
    get urgentInFlight() {
      return urgentInFlight;
    },
    get probing() {
      return probing && inFlight > 0;
    },
    left(size, how, now) {
      const departure: Departure = {
        at: now,
        size,
        ahead: inFlight,
        delivered,
        deliveredAt: inFlight === 0 ? now : deliveredAt,
        ...how,
      };
      if (inFlight === 0) probing = false;
      if (confirmedAt === Number.NEGATIVE_INFINITY) confirmedAt = now;
      flying.add(departure);
      inFlight += size;
      if (how.urgent) urgentInFlight += size;
      return departure;
    },
    acknowledged(departure, now) {
      if (!gone(departure)) return;
      delivered += departure.size;
      deliveredAt = now;
      rate(departure, now);
      const took = now - departure.at;
      if (departure.ahead === 0) {
        // Alone on its way: what it took is the round trip, but for the time of its own bytes.
        const alone = Math.max(0, took - (departure.size * 1_000) / capacity()!);
        roundTrip = now - confirmedAt > roundTripAge ? alone : Math.min(roundTrip, alone);
        confirmedAt = now;
      } else roundTrip = Math.min(roundTrip, took);
      sense(late(departure, now), now);
    },
    lost: (departure) => void gone(departure),
    watch(now) {
      const [oldest] = flying;
      sense(oldest ? late(oldest, now) : 0, now);
      if (oldest && now - confirmedAt > roundTripAge) probing = true;
    },
  };
}
