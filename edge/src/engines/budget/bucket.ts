/** Tokens, each of them a byte that may leave. Times are clock ticks in milliseconds. */
export interface Bucket {
  /** Bytes for a second, and how many may leave at once after a silence. */
  fill(bytesPerSecond: number, burst: number, now: number): void;
  /** Milliseconds until something may leave; 0 now. */
  wait(now: number): number;
  /** Takes tokens for what leaves; a frame may overdraw, and what follows waits the longer. */
  spend(bytes: number, now: number): void;
}

/** A token bucket that is full at first; it lets everything pass until it is filled for the first time. [BUD-1] */
export function bucket(): Bucket {
  let rate = Number.POSITIVE_INFINITY;
  let burst = Number.POSITIVE_INFINITY;
  let tokens = 0;
  let at = 0;
  const refill = (now: number): void => {
    if (rate === Number.POSITIVE_INFINITY) tokens = 0;
    else tokens = Math.min(burst, tokens + (Math.max(0, now - at) * rate) / 1_000);
    at = now;
  };
  return {
    fill(bytesPerSecond, size, now) {
      refill(now);
      if (rate === Number.POSITIVE_INFINITY) tokens = size;
      rate = bytesPerSecond;
      burst = size;
      tokens = Math.min(tokens, burst);
    },
    wait(now) {
      refill(now);
      return tokens > 0 || rate === Number.POSITIVE_INFINITY ? 0 : (1 - tokens) / (rate / 1_000);
    },
    spend(bytes, now) {
      refill(now);
      tokens -= bytes;
    },
  };
}
