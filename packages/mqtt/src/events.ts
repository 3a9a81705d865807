import { describeFailure, type Log } from '@selvedge/kernel';

/** Calls everybody who listens; a listener that throws is logged and harms nobody. */
export class Event<Args extends readonly unknown[]> {
  readonly #listeners = new Set<(...args: Args) => void>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Gives the function that ends the listening. */
  listen(listener: (...args: Args) => void): () => void {
    // Wrapped, so that one function listening twice is two listeners.
    const one = (...args: Args): void => listener(...args);
    this.#listeners.add(one);
    return () => void this.#listeners.delete(one);
  }

  tell(...args: Args): void {
    for (const listener of this.#listeners) {
      try {
        listener(...args);
      } catch (cause) {
        this.#log.error('mqtt.listener.failed', describeFailure(cause));
      }
    }
  }
}

export interface Events {
  readonly connected: Event<[clientId: string]>;
  readonly disconnected: Event<[clientId: string, why: string]>;
  readonly subscribed: Event<[clientId: string, filter: string]>;
}

export const events = (log: Log): Events => ({
  connected: new Event(log),
  disconnected: new Event(log),
  subscribed: new Event(log),
});
