import zlib from 'node:zlib';

/**
 * Makes the decoders of this thread decode where they are called, not on another thread, where simulated time does not rule:
 * otherwise a seed would not tell the same story twice. All else about them stays: they take and give bytes piece by piece,
 * and answer in a later tick.
 */
export function decodeHere(): void {
  for (const decoder of [zlib.createGunzip(), zlib.createZstdDecompress()]) {
    const { _handle: handle } = decoder as unknown as { readonly _handle: object };
    const every = Object.getPrototypeOf(handle) as Handles;
    decoder.destroy();
    if (every.isHere) continue;
    every.isHere = true;
    const { init, close } = every;
    every.init = function (...settings) {
      this.answer = settings.find((one) => typeof one === 'function') as () => void;
      return init.apply(this, settings);
    };
    every.close = function () {
      this.isClosed = true;
      close.call(this);
    };
    every.write = function (...work) {
      this.writeSync(...work);
      // Whoever fails is told so by `writeSync`, which closes it.
      if (!this.isClosed) process.nextTick(() => this.answer());
    };
  }
}

/** What Node's streams of zlib have below them: `write` works on another thread and answers, `writeSync` does it at once. */
interface Handles {
  isHere?: boolean;
  isClosed?: boolean;
  answer: () => void;
  init(...settings: unknown[]): void;
  write(...work: unknown[]): void;
  writeSync(...work: unknown[]): void;
  close(): void;
}
