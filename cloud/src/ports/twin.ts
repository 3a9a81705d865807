import type { Choice, Policy, Twin, TwinFrame, TwinPart, TwinValue, TwinValues } from '@selvedge/protocol';

/** An edit of a field that is in force, or stands beside another. */
export interface TwinWriteView {
  readonly replica: string;
  readonly side: 'edge' | 'cloud';
  /** Null: it deletes the field. */
  readonly value: TwinValue | null;
  readonly by: string;
  readonly at: number;
}

/** Two edits that crossed, and that nobody has written over since. */
export interface TwinConflictView {
  /** Of its event. */
  readonly id: string;
  readonly device: string;
  readonly path: string;
  readonly policy: Policy;
  /** It waits for a person. */
  readonly parked: boolean;
  /** What the field says meanwhile. */
  readonly says: TwinValue | null;
  readonly writes: readonly TwinWriteView[];
}

export interface TwinView extends TwinValues {
  readonly node: string;
  /** Paths that were edited in the cloud and that the node has not confirmed. */
  readonly pending: readonly string[];
  readonly conflicts: readonly TwinConflictView[];
}

/** Something that happened to a twin: an edit, edits that crossed, or a stamp that was set back to its arrival. */
export interface TwinEventView {
  readonly sequence: number;
  readonly id: string;
  readonly kind: 'edit' | 'conflict' | 'clamp';
  readonly path: string;
  readonly at: number;
  readonly writes: readonly TwinWriteView[];
  readonly before: TwinValue | null;
  readonly after: TwinValue | null;
  readonly policy: Policy | null;
  readonly parked: boolean;
  /** The event that it resolves or takes back. */
  readonly about: string | null;
}

/** The cloud's half of the comparison of one node's twins. */
export interface TwinSync {
  /** Takes a frame of the node; gives what to answer, or why it is none. */
  hear(body: unknown, now: number): Promise<readonly TwinFrame[] | string>;
}

/** What somebody wants of a twin. */
export type TwinWish =
  | {
      readonly kind: 'patch';
      /** By section or `policy`, as `readTwinPatch` reads them. */
      readonly sections: Readonly<Record<string, unknown>>;
      /** Only if it has this version. */
      readonly expected?: string;
      /** Names the edit: a second one of the same name changes nothing. At most 64 characters. */
      readonly about?: string;
    }
  | { readonly kind: 'resolve'; readonly event: string; readonly choice: Choice }
  | { readonly kind: 'undo'; readonly event: string };

export type TwinWished =
  | { readonly kind: 'done'; readonly view: TwinView; readonly part: TwinPart; readonly hasChanged: boolean }
  | {
      readonly kind: 'refused';
      readonly code: 'DEVICE_UNKNOWN' | 'TWIN_CHANGED' | 'TWIN_UNFIT' | 'TWIN_EVENT_UNKNOWN';
      readonly why: string;
    };

export interface Twins {
  /** An empty one for a device that was heard and has none; undefined for one that nobody knows. */
  find(device: string): Promise<TwinView | undefined>;
  /** The twin as it was known here at a moment; `past` when that is before what is kept of its history. */
  at(device: string, moment: number): Promise<TwinView | 'past' | undefined>;
  /** Edits a twin, durably together with its events. */
  wish(device: string, wish: TwinWish, about: { readonly by: string; readonly now: number }): Promise<TwinWished>;
  /** Latest first. */
  history(
    device: string,
    range: { readonly before?: number; readonly limit: number },
  ): Promise<readonly TwinEventView[]>;
  conflicts(filter: { readonly device?: string; readonly limit: number }): Promise<readonly TwinConflictView[]>;
  /** The versions of all twins of a node, and some of the twins. */
  digests(node: string): Promise<readonly (readonly [device: string, digest: string])[]>;
  whole(devices: readonly string[]): Promise<readonly Twin[]>;
  /** Devices were heard through a node, which is their owner from then on; gives those that have a twin. */
  claim(node: string, devices: readonly string[], at: number): Promise<readonly Twin[]>;
}
