/** Where a device's readings stopped because there was no room for one. */
interface Stop {
  readonly boot: number;
  readonly seq: number;
  readonly at: number;
}

/**
 * Named readings that were refused for want of room. What their device has sent behind them, before it could know, must not
 * be taken when room comes back in between: it sends all of them again, and they keep their order.
 */
export interface Resends {
  refused(device: number, boot: number, seq: number, now: number): void;
  /** Whether an earlier reading of the device has to come first. */
  isAhead(device: number, boot: number, seq: number, now: number): boolean;
  taken(device: number): void;
}

/** What was on its way has come after so long; who does not send again what was refused is heard again then. Milliseconds. */
const waitMax = 2_000;

export function resends(): Resends {
  const stops = new Map<number, Stop>();
  /** A wall clock may have jumped either way. */
  const isOver = (stop: Stop, boot: number, now: number): boolean =>
    stop.boot !== boot || Math.abs(now - stop.at) >= waitMax;
  return {
    refused(device, boot, seq, now) {
      const stop = stops.get(device);
      if (!stop || isOver(stop, boot, now) || seq <= stop.seq) stops.set(device, { boot, seq, at: now });
    },
    isAhead(device, boot, seq, now) {
      if (stops.size === 0) return false;
      const stop = stops.get(device);
      if (stop && isOver(stop, boot, now)) stops.delete(device);
      return stop !== undefined && stops.has(device) && seq > stop.seq;
    },
    taken(device) {
      if (stops.size > 0) stops.delete(device);
    },
  };
}
