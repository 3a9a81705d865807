/** How busy the node is, by how late it comes to what it meant to do every second: 0 is on time, 1 a second late. */
export interface LoadMeter {
  /** To be called every second; `now` is clock ticks. */
  tick(now: number): void;
  readonly value: number;
}

const period = 1_000;
/** Part of a new look in the smoothed value: one long pause is not load. */
const weight = 0.2;

export function loadMeter(began: number): LoadMeter {
  let last = began;
  let value = 0;
  return {
    tick(now) {
      const late = Math.min(1, Math.max(0, now - last - period) / period);
      value += (late - value) * weight;
      last = now;
    },
    get value() {
      return value;
    },
  };
}
