/** What ends the bootstrap: two lines for the person, or only an exit code where a signal has said enough. */
export class Stop extends Error {
  /**
   * @param {string} what happened, as a sentence
   * @param {string} [advice] what to do, as a sentence
   * @param {number} [code] the exit code
   */
  constructor(what, advice, code = 1) {
    super(what);
    this.advice = advice;
    this.code = code;
  }
}

/** @param {unknown} cause */
export function showStop(cause) {
  if (!(cause instanceof Stop)) throw cause;
  if (cause.advice !== undefined) process.stderr.write(`Error: ${cause.message}\nTry: ${cause.advice}\n`);
  process.exitCode = cause.code;
}
