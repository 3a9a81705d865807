/** Milliseconds between two looks where lines are rewritten, and where each stays in a log. */
const period = { terminal: 100, log: 5_000 };

/**
 * Shows on stderr how an installation goes: packages so far, of how many, and seconds.
 * @param {number} total
 */
export function progress(total) {
  const terminal = process.stderr.isTTY;
  const start = performance.now();
  let done = 0;
  const seconds = () => `${Math.round((performance.now() - start) / 1_000)} s`;
  const show = () => {
    const line = `Installing ${Math.min(done, total)} of ${total} packages, ${seconds()}`;
    process.stderr.write(terminal ? `\r\u001b[K${line}` : `${line}\n`);
  };
  show();
  const timer = setInterval(show, terminal ? period.terminal : period.log);
  return {
    /** @param {number} more */
    count(more) {
      done += more;
    },
    /** @param {boolean} good */
    end(good) {
      clearInterval(timer);
      if (terminal) process.stderr.write('\r\u001b[K');
      if (good) process.stderr.write(`Installed ${total} packages in ${seconds()}\n`);
    },
  };
}
