import { type Clock, every, type Service, seconds, service } from '@selvedge/kernel';
import type { CloudMetrics } from '../../metrics.ts';
import type { FeedSink } from '../../ports.ts';
import { joinRing, readRing } from './reader.ts';
import { type RingLimits, ring, ringStart } from './ring.ts';

/** What the hub needs of a listener's socket: a part of a WebSocket. */
export interface FeedSocket {
  /** `sent` is called when the text has left this machine. */
  send(text: string, sent?: () => void): void;
  close(code: number, reason: string): void;
  terminate(): void;
  ping(): void;
  on(event: 'close' | 'pong' | 'error', listener: () => void): unknown;
  readonly bufferedAmount: number;
  readonly readyState: number;
  /** The `readyState` of a socket that is open. */
  readonly OPEN: number;
}

/** Close codes of the feed. */
export const feedClose = { stopping: 1_001, full: 1_013, slow: 4_008 } as const;

/** Brings what the store's consumers announce to everybody who listens. */
export interface FeedHub extends FeedSink, Service {
  /** Adds a listener; with `since` it goes on after that event where it can. */
  join(socket: FeedSocket, since: number | undefined): void;
}

interface Listener {
  readonly socket: FeedSocket;
  at: number;
  isAlive: boolean;
}

const listenersMax = 1_000;
/** Bytes that may wait for one listener to read them; the rest waits in the ring, which all share. */
const waitingMax = 1_048_576;
const heartbeat = seconds(30);

export function feedHub(limits: RingLimits, world: { readonly clock: Clock; readonly metrics: CloudMetrics }): FeedHub {
  const { clock, metrics } = world;
  const events = ring(limits, ringStart(clock.wall()));
  const listeners = new Set<Listener>();
  const beating = new AbortController();
  let isFlushing = false;

  const leave = (listener: Listener): void => {
    listeners.delete(listener);
    metrics.feedClients.set(listeners.size);
  };

  const flush = (listener: Listener): void => {
    if (!listeners.has(listener)) return;
    const { socket } = listener;
    if (listener.at >= events.first && socket.bufferedAmount > waitingMax) return;
    const portion = readRing(events, listener.at, waitingMax);
    if (portion.kind === 'behind') {
      leave(listener);
      metrics.feedDropped.add(1);
      socket.close(feedClose.slow, `${portion.missed} events missed`);
      return;
    }
    if (portion.texts.length === 0) return;
    listener.at = portion.at;
    const last = portion.texts.at(-1)!;
    for (const text of portion.texts.slice(0, -1)) socket.send(text);
    // What did not fit goes when these have left.
    socket.send(last, () => flush(listener));
  };

  const life = service({
    start() {
      void every(clock, heartbeat, beating.signal, () => beat(listeners));
    },
    stop() {
      beating.abort();
      for (const listener of [...listeners]) {
        leave(listener);
        listener.socket.close(feedClose.stopping, 'the cloud stops');
      }
    },
  });

  return {
    ...life,
    publish(event) {
      events.add(event);
      metrics.feedEvents.add(1, event.kind);
      if (isFlushing || listeners.size === 0) return;
      isFlushing = true;
      clock.soon(() => {
        isFlushing = false;
        for (const listener of [...listeners]) flush(listener);
      });
    },
    join(socket, since) {
      socket.on('error', () => undefined);
      if (listeners.size >= listenersMax)
        return socket.close(feedClose.full, `${listenersMax} listeners are here already`);
      const { at, hello } = joinRing(events, since);
      const listener: Listener = { socket, at, isAlive: true };
      listeners.add(listener);
      metrics.feedClients.set(listeners.size);
      socket.on('close', () => leave(listener));
      socket.on('pong', () => {
        listener.isAlive = true;
      });
      socket.send(JSON.stringify(hello));
      flush(listener);
    },
  };
}

/** Asks every listener for a sign of life, and forgets those who gave none since the last time. */
function beat(listeners: ReadonlySet<Listener>): void {
  for (const listener of [...listeners]) {
    const { socket } = listener;
    if (!listener.isAlive) socket.terminate();
    listener.isAlive = false;
    if (socket.readyState === socket.OPEN) socket.ping();
  }
}
