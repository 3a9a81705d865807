import type { Buffer } from 'node:buffer';
import type { Journal } from '@selvedge/journal';
import type { LinkUse } from '@selvedge/protocol';

/** One message pipe to the cloud: whole frames, in order, until it closes. */
export interface LinkConnection {
  /** False when the pipe is closed. */
  send(frame: Uint8Array): boolean;
  close(reason?: string): void;
  /** Bytes handed over that have not left this machine. */
  readonly bufferedBytes: number;
  onFrame(listener: (frame: Buffer) => void): void;
  onClose(listener: (reason: string) => void): void;
}

export interface LinkTransport {
  /** Rejects with a fault when the cloud cannot be reached or does not want us. */
  connect(signal: AbortSignal): Promise<LinkConnection>;
  /** Bytes on the wire, as a provider counts them, of a frame, or of a connection's opening; the frame's own unless told. */
  readonly wireBytes?: { readonly opening: number; of(frameBytes: number): number };
}

/** Journals of earlier lives of this node: nothing is appended to them, and the cloud may lack some of what they hold. */
export interface ClosedJournals {
  /** Their epochs. */
  list(): Promise<readonly string[]>;
  /** Not started yet. */
  open(epoch: string): Promise<Journal>;
  remove(epoch: string): Promise<void>;
}

/** `live` is what is new; `backlog` what was left behind and goes when the link has room. */
export type LinkTier = 'live' | 'backlog';

/** One stream of what uses the link. */
export interface LinkFlow {
  /** The journal's class, most urgent first. */
  readonly klass: number;
  readonly tier: LinkTier;
}

/** Somebody who wants to use the link beside the journal: a model, an update, logs. */
export interface LinkRequest {
  /** 0 … 3. */
  readonly klass: number;
  /** What will pass, in either direction. Ask for large things in pieces of at most `LinkBudget.frameBytes`. */
  readonly bytes: number;
  /** `backlog` for what nobody waits for, such as an update; live unless told. */
  readonly tier?: LinkTier;
  /** Better dropped than late. */
  readonly expendable?: boolean;
  readonly signal?: AbortSignal;
}

/** A turn on the link. One of the two must be called, or the bytes count as under way for ever. */
export interface LinkGrant {
  /** It has passed, at these clock ticks. */
  done(now: number): void;
  /** Nobody knows whether it has passed. */
  failed(): void;
}

/** Decides what uses the link, and when. `now` is clock ticks, `wall` wall time, both in milliseconds. */
export interface LinkBudget {
  /**
   * Of the lanes' flows that want to send, the one that goes next; or how long to wait, Infinity until something is
   * acknowledged or wanted. Requests of others are granted on the way, when their turn has come.
   */
  next(
    wants: (flow: LinkFlow) => boolean,
    now: number,
    wall: number,
  ): { readonly flow: LinkFlow } | { readonly wait: number };
  /** A frame has left; gives what names it until it is acknowledged or lost. */
  sent(flow: LinkFlow, size: number, now: number): unknown;
  acknowledged(departure: unknown, now: number): void;
  lost(departure: unknown): void;
  /** To be called every second or so. */
  watch(now: number): void;
  /** How large a frame should be at most, for now. */
  readonly frameBytes: number;
  /** Waits for a turn. Rejects with BUDGET_FULL, BUDGET_DROPPED, or the signal's reason. */
  request(request: LinkRequest, now: number): Promise<LinkGrant>;
  /** Tells that somebody has asked. */
  onWanted(listener: () => void): void;
  readonly meter: {
    add(upBytes: number, downBytes: number, wall: number): void;
    save(): Uint8Array;
  };
  view(wall: number): Omit<LinkUse, 'devices'>;
}
