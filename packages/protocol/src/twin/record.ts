import type { ClampEvent, ConflictEvent } from './event.ts';
import type { TwinPart } from './twin.ts';

/** What an edge node journals of a twin, class `high`: each change, and on request what it knows. */
export interface TwinRecord extends TwinPart {
  readonly at: number;
  /** Crossings and set-back stamps that the node noticed. */
  readonly events: readonly (ConflictEvent | ClampEvent)[];
}

/** What the link carries in frames of type `twin`. */
export type TwinFrame =
  /** Edge → cloud, after the welcome and every minute: the version of all its twins. */
  | { readonly kind: 'root'; readonly root: string }
  /** Cloud → edge: another one than the cloud's. */
  | { readonly kind: 'differs' }
  /** Edge → cloud: the versions one by one; `last` ends them. */
  | { readonly kind: 'digests'; readonly digests: readonly (readonly [string, string])[]; readonly last: boolean }
  /** Edge → cloud: somebody asked for twins that the node has not. */
  | { readonly kind: 'want'; readonly devices: readonly string[] }
  /** Cloud → edge: fields that changed, or `whole`: all that the cloud has. */
  | ({ readonly kind: 'state'; readonly whole: boolean } & TwinPart);

/** Devices in one frame of `digests` or `want`. */
export const twinFrameMax = 500;
