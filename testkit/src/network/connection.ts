import type { Timeline } from '../timeline.ts';
import type { Life } from '../world.ts';
import type { Wired, WireEnd } from './wire.ts';

/** One end of an ordered pipe of whole frames. It has the shape of the edge's `LinkConnection`. */
export interface SimulatedConnection {
  /** False when this end is closed. The frame is copied. */
  send(frame: Uint8Array): boolean;
  /** Ends the connection; what was sent before still arrives. */
  close(reason?: string): void;
  /** Bytes handed over that have not left this machine. */
  readonly bufferedBytes: number;
  /** Frames that came before the listener are kept for it. */
  onFrame(listener: (frame: Buffer) => void): void;
  /** Runs once, also when this end closes. */
  onClose(listener: (reason: string) => void): void;
  /** Frames that arrive while this end pauses are kept until it resumes. */
  pause(): void;
  resume(): void;
}

interface End extends SimulatedConnection {
  readonly life: Life;
  isClosed: boolean;
  /** Tells this end of the end of the connection. */
  told(reason: string): void;
  heard(frame: Buffer): void;
}

export interface PairParts {
  readonly wire: WireEnd;
  readonly timeline: Timeline;
  readonly caller: Life;
  readonly callee: Life;
  /** Whether the machine of that name has power. */
  readonly isOn: (machine: string) => boolean;
}

/** Two ends that are joined over a wire. */
export function connectionPair(parts: PairParts): {
  readonly caller: SimulatedConnection;
  readonly callee: SimulatedConnection;
} {
  const { wire, timeline } = parts;
  let isSevered = false;
  const lane = (): Lane => ({ leavesAt: 0, arrivesAt: 0, stuck: 0, leaving: [] });
  const wired: Wired = {
    sever() {
      isSevered = true;
    },
    reset() {
      isSevered = true;
      for (const end of [caller, callee]) later(end, 'reset by the network');
    },
    get isOver() {
      return caller.isClosed && callee.isClosed;
    },
  };

  const later = (end: End, reason: string): void =>
    void timeline.plan(timeline.now + wire.delay(), () => end.told(reason), end.life);

  const carry = (from: End, to: End, lane: Lane, frame: Buffer): void => {
    const departs = Math.max(lane.leavesAt, timeline.now) + (frame.length * 1_000) / wire.bytesPerSecond;
    lane.leaving.push({ from: Math.max(lane.leavesAt, timeline.now), to: departs, size: frame.length });
    lane.leavesAt = departs;
    if (isSevered || to.life.ended) {
      lane.stuck += frame.length;
      // A machine that knows nothing of the connection says so, if it can be reached.
      if (!wire.isCut && parts.isOn(to.life.machine)) later(from, 'reset by the peer');
      return;
    }
    lane.arrivesAt = Math.max(lane.arrivesAt, departs + wire.delay());
    timeline.plan(
      lane.arrivesAt,
      () => {
        if (!isSevered) to.heard(frame);
      },
      to.life,
    );
  };

  const part = (to: End, lane: Lane, reason: string): void => {
    if (isSevered) return;
    lane.arrivesAt = Math.max(lane.arrivesAt, Math.max(lane.leavesAt, timeline.now) + wire.delay());
    timeline.plan(
      lane.arrivesAt,
      () => {
        if (!isSevered) to.told(reason);
      },
      to.life,
    );
  };

  const up = lane();
  const down = lane();
  const caller: End = endOf(parts.caller, timeline, up, {
    send: (frame) => carry(caller, callee, up, frame),
    close: (reason) => part(callee, up, reason),
  });
  const callee: End = endOf(parts.callee, timeline, down, {
    send: (frame) => carry(callee, caller, down, frame),
    close: (reason) => part(caller, down, reason),
  });
  wire.join(wired);
  return { caller, callee };
}

/** One direction. Times are of the timeline. */
interface Lane {
  /** When the last byte handed over has left. */
  leavesAt: number;
  /** When the last frame arrives; later ones never overtake it. */
  arrivesAt: number;
  /** Bytes that will never leave. */
  stuck: number;
  /** Frames that have not left whole, in their order, and when each does. */
  leaving: { readonly from: number; readonly to: number; readonly size: number }[];
}

function endOf(
  life: Life,
  timeline: Timeline,
  lane: Lane,
  out: { send(frame: Buffer): void; close(reason: string): void },
): End {
  const early: Buffer[] = [];
  let isPaused = false;
  let onFrame: ((frame: Buffer) => void) | undefined;
  const onClose: ((reason: string) => void)[] = [];
  let reasonTold: string | undefined;
  const end: End = {
    life,
    isClosed: false,
    send(frame) {
      if (end.isClosed || life.ended) return false;
      out.send(Buffer.from(frame));
      return true;
    },
    close(reason = 'closed') {
      if (end.isClosed || life.ended) return;
      out.close(reason);
      end.isClosed = true;
      timeline.plan(timeline.now, () => finish(reason), life);
    },
    get bufferedBytes() {
      const { now } = timeline;
      while (lane.leaving.length > 0 && lane.leaving[0]!.to <= now) lane.leaving.shift();
      const rest = lane.leaving.map(({ from, to, size }) => (now <= from ? size : (size * (to - now)) / (to - from)));
      return lane.stuck + Math.round(rest.reduce((sum, bytes) => sum + bytes, 0));
    },
    onFrame(listener) {
      onFrame = listener;
      flush();
    },
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
      flush();
    },
    onClose(listener) {
      if (reasonTold === undefined) onClose.push(listener);
      else listener(reasonTold);
    },
    told(reason) {
      if (end.isClosed) return;
      end.isClosed = true;
      finish(reason);
    },
    heard(frame) {
      early.push(frame);
      flush();
    },
  };
  const flush = (): void => {
    while (onFrame && !isPaused && !end.isClosed && early.length > 0) onFrame(early.shift()!);
  };
  const finish = (reason: string): void => {
    reasonTold = reason;
    for (const listener of onClose) listener(reason);
  };
  return end;
}
