/** Longest wait while no frames come: a hidden page gets none, but is right when it is looked at again. */
const hiddenMs = 1_000;

/** Runs `task` for all requests since the last run together: in the next animation frame, but not more often than `gapMs`. */
export function frames(task: () => void, gapMs: number): { request(): void } {
  let isRequested = false;
  let last = Number.NEGATIVE_INFINITY;

  function wait(): void {
    const run = (): void => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      isRequested = false;
      last = performance.now();
      task();
    };
    const frame = requestAnimationFrame(run);
    const timer = setTimeout(run, hiddenMs);
  }

  return {
    request() {
      if (isRequested) return;
      isRequested = true;
      setTimeout(wait, Math.max(0, last + gapMs - performance.now()));
    },
  };
}
