import { Buffer, isUtf8 } from 'node:buffer';
import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import type { Command } from '../command.ts';
import type { ConfigurationFrame, ConfiguredFrame } from '../configuration/frames.ts';
import type { TwinFrame } from '../twin/record.ts';
import type { BridgeState } from './bridge-state.ts';
import type { LinkUse } from './link-use.ts';

/**
 * First byte of every link frame. Numbers are for ever; new frames go last.
 *
 *   frame   = type:u8 version:u8(=1) body
 *   body    = json:utf8          for all types but batch and bundle, which have their own files
 */
export const frameType = {
  hello: 1,
  welcome: 2,
  refused: 3,
  batch: 4,
  acknowledged: 5,
  command: 6,
  commandTaken: 7,
  report: 8,
  ask: 9,
  answer: 10,
  ping: 11,
  pong: 12,
  bundle: 13,
  twin: 14,
  configuration: 15,
  configured: 16,
  prove: 17,
  proof: 18,
} as const;

export type FrameType = keyof typeof frameType;

/** What a cloud may understand beyond the first version: frames of many batches, and a second connection for bulk. */
export type LinkSkill = 'bundle' | 'bulk' | 'twin' | 'configuration';

/** What a node may: say which hash its journal has at a place. */
export type NodeSkill = 'proof';

/** Half-open range of journal offsets. */
export type Interval = readonly [from: number, to: number];

/** What the text frames hold, by direction. Hashes are hexadecimal. */
export interface FrameBodies {
  /** Edge → cloud, first. `head` is the durable end of the journal, `base` the first offset still in it. */
  readonly hello: {
    readonly node: string;
    readonly epoch: string;
    readonly head: { readonly offset: number; readonly hash: string };
    readonly base: { readonly offset: number; readonly hash: string };
    readonly software: string;
    readonly time: number;
    /**
     * What the connection is for; absent for all. A node's bulk connection joins its control connection; `closed` ships a
     * copy of a journal that nothing is appended to any more, beside the one that is.
     */
    readonly channel?: 'control' | 'bulk' | 'closed';
    /** What the node may beyond the first version; absent from older ones. */
    readonly speaks?: readonly NodeSkill[];
    /** Drawn by the node for each link; its bulk connection names that of the control connection which it joins. */
    readonly link?: string;
  };
  /** Cloud → edge, before the welcome and to nodes alone that speak it: what hash has your journal before this offset? */
  readonly prove: { readonly offset: number };
  /** Edge → cloud: that of the batch which ends there, or reaches over it; empty where the journal has let it go. */
  readonly proof: { readonly offset: number; readonly hash: string };
  /**
   * Cloud → edge: the offsets of this epoch that it has; of very many intervals only the longest. `speaks` names what this
   * cloud understands beyond the first version.
   */
  readonly welcome: {
    readonly acknowledged: readonly Interval[];
    readonly time: number;
    readonly speaks?: readonly LinkSkill[];
  };
  /**
   * Cloud → edge. With `offset` one batch was set aside and counts as acknowledged; without, the link ends, and the node
   * tries again after `retryAfter` milliseconds or later.
   */
  readonly refused: {
    readonly code: string;
    readonly message: string;
    readonly offset?: number;
    readonly retryAfter?: number;
  };
  /** Cloud → edge: all offsets of this epoch that are durable now, whole or the part that changed. */
  readonly acknowledged: { readonly intervals: readonly Interval[] };
  readonly command: Command;
  /** Edge → cloud: the intent is durable, so the cloud need not send it again. */
  readonly commandTaken: { readonly id: string };
  /** Edge → cloud, every few seconds: how the node is. */
  readonly report: NodeReport;
  /** Cloud → edge: a question; the answer carries the same number. */
  readonly ask: { readonly question: number; readonly what: 'audit' };
  readonly answer: { readonly question: number; readonly answer: unknown };
  readonly ping: { readonly time: number };
  readonly pong: { readonly time: number };
  /** Both ways; a cloud sends them to nodes alone that have sent one over this link. */
  readonly twin: TwinFrame;
  /** Cloud → edge, to nodes alone that have said over this link how they are configured. */
  readonly configuration: ConfigurationFrame;
  readonly configured: ConfiguredFrame;
}

/** How an edge node is, as it says itself. */
export interface NodeReport {
  readonly time: number;
  readonly startedAt: number;
  readonly mode: 'online' | 'offline';
  readonly clients: number;
  readonly devices: number;
  readonly readingsTotal: number;
  readonly quarantinedTotal: number;
  readonly refusedTotal: number;
  readonly unmappedTotal: number;
  readonly journal: {
    readonly sizeBytes: number;
    readonly firstOffset: number;
    readonly headOffset: number;
    readonly pending: number;
    readonly expired: number;
  };
  readonly memoryBytes: number;
  /** How it uses its link. */
  readonly link?: LinkUse;
  /** Absent where it has none. */
  readonly bridges?: readonly BridgeState[];
}

export type TextFrame = {
  [Type in keyof FrameBodies]: { readonly type: Type; readonly body: FrameBodies[Type] };
}[keyof FrameBodies];

const names = new Map<number, FrameType>(Object.entries(frameType).map(([name, type]) => [type, name as FrameType]));

/** Largest frame either side accepts; a batch of 256 KiB with its header and the reserve of a bad compression. */
export const frameSizeMax = 1_048_576;

export function encodeFrame<Type extends keyof FrameBodies>(type: Type, body: FrameBodies[Type]): Buffer {
  return Buffer.concat([Uint8Array.of(frameType[type], 1), Buffer.from(JSON.stringify(body), 'utf8')]);
}

/** Names the frame without reading its body. */
export function frameTypeOf(frame: Uint8Array): Decoded<FrameType> {
  const name = names.get(frame[0] ?? 0);
  if (name === undefined) return undecodable(`frame type ${frame[0] ?? 'of no bytes'} is unknown`);
  if (frame[1] !== 1) return undecodable(`version ${frame[1]} of ${name} is unknown`);
  return decoded(name);
}

/** Reads a text frame. The peer is authenticated, but its program may be wrong: members are checked by who uses them. */
export function decodeFrame(frame: Buffer): Decoded<TextFrame> {
  const type = frameTypeOf(frame);
  if (!type.ok) return type;
  if (type.value === 'batch' || type.value === 'bundle') return undecodable(`a ${type.value} is not a text frame`);
  if (!isUtf8(frame.subarray(2))) return undecodable(`the body of ${type.value} is not UTF-8`);
  try {
    const body: unknown = JSON.parse(frame.toString('utf8', 2));
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      return undecodable(`the body of ${type.value} is not an object`);
    return decoded({ type: type.value, body } as TextFrame);
  } catch {
    return undecodable(`the body of ${type.value} is not JSON`);
  }
}
