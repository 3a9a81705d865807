import type { Random } from '@selvedge/kernel';
import type { Timeline } from '../timeline.ts';

/** How two machines are joined. Delays are one way, in milliseconds; each frame's lies between `min` and `max`. */
export interface WireOptions {
  readonly delay: { readonly min: number; readonly max: number };
  /** In each direction and of each connection. */
  readonly bytesPerSecond: number;
}

/** The way between two machines, and what can happen to it. */
export interface Wire {
  readonly isCut: boolean;
  /**
   * Nothing passes from now on, and what is under way is lost. Nobody is told: an end of a connection learns of it by
   * silence, or by a reset when it sends after `heal`.
   */
  cut(): void;
  /** As it was made: it carries, loses nothing, lets everybody in, and is as fast as it was. */
  heal(): void;
  /** Ends every connection now; both ends are told, as by a router that forgets its table. */
  reset(): void;
  /** Whether attempts to connect are turned away at once. */
  refuse: boolean;
  /**
   * The chance that what is sent is lost on its way, 0 … 1. Both ends speak TCP: it is sent again, after a wait that doubles
   * each time, and all that was sent behind it waits for it.
   */
  loss: number;
  /** In each direction and of each connection, for what is sent from now on. */
  bytesPerSecond: number;
}

/** A connection as its wire knows it. */
export interface Wired {
  /** What is under way, and all that comes later, is lost. */
  sever(): void;
  /** Both ends are told. */
  reset(): void;
  readonly isOver: boolean;
}

export interface WireEnd extends Wire {
  join(connection: Wired): void;
  /** Milliseconds that the next frame takes, with all its losses. */
  delay(): number;
}

/** After how many milliseconds what was lost is sent again, first and at most: TCP's timeouts on a way of 100 ms. */
const resend = { first: 300, most: 60_000 } as const;

export const defaultWire: WireOptions = { delay: { min: 1, max: 20 }, bytesPerSecond: 10_000_000 };

export function wire(options: WireOptions, random: Random): WireEnd {
  const { min, max } = options.delay;
  let connections = new Set<Wired>();
  let isCut = false;
  const own: WireEnd = {
    refuse: false,
    loss: 0,
    bytesPerSecond: options.bytesPerSecond,
    get isCut() {
      return isCut;
    },
    cut() {
      isCut = true;
      for (const one of connections) one.sever();
    },
    heal() {
      isCut = false;
      own.refuse = false;
      own.loss = 0;
      own.bytesPerSecond = options.bytesPerSecond;
    },
    reset() {
      const all = connections;
      connections = new Set();
      for (const one of all) one.reset();
    },
    join(connection) {
      if (connections.size > 100) connections = new Set([...connections].filter((one) => !one.isOver));
      connections.add(connection);
    },
    delay() {
      let late = 0;
      if (own.loss > 0)
        for (let wait: number = resend.first; random.next() < own.loss; wait = Math.min(2 * wait, resend.most))
          late += wait;
      return late + min + (max - min) * random.next();
    },
  };
  return own;
}

/** A way for datagrams: each is lost, doubled and delayed by itself, so they also arrive out of order. */
export interface Road<Message> {
  carry(message: Message): void;
  /** Closed, it loses everything. */
  open: boolean;
}

export interface RoadOptions {
  /** Milliseconds. */
  readonly delay: { readonly min: number; readonly max: number };
  /** Chance of each datagram, 0 … 1. */
  readonly loss: number;
  readonly duplication: number;
}

export function road<Message>(
  options: RoadOptions,
  parts: { readonly timeline: Timeline; readonly random: Random },
  deliver: (message: Message) => void,
): Road<Message> {
  const { timeline, random } = parts;
  const { min, max } = options.delay;
  const one: Road<Message> = {
    open: true,
    carry(message) {
      const copies = random.next() < options.duplication ? 2 : 1;
      for (let i = 0; i < copies; i++) {
        const isLost = random.next() < options.loss || !one.open;
        const delay = min + (max - min) * random.next();
        if (isLost) continue;
        timeline.plan(timeline.now + delay, () => {
          if (one.open) deliver(message);
        });
      }
    },
  };
  return one;
}
