import { type Decoded, defineMetrics, type Log } from '@selvedge/kernel';
import {
  type ClampEvent,
  type ConflictEvent,
  digestOf,
  editTwin,
  type JsonRecord,
  type Merged,
  mergeTwin,
  newTwin,
  readTwinFrame,
  readTwinPatch,
  readTwinRecord,
  stampDriftMax,
  type Twin,
  type TwinFrame,
  type TwinPart,
  type TwinValues,
  twinValues,
} from '@selvedge/protocol';
import { edgeFaults } from '../../faults.ts';
import type { OutletMessage, Twins } from '../../ports.ts';
import { twinBook } from './book.ts';
import { twinFaults } from './faults.ts';
import { twinMetrics } from './metrics.ts';
import { type TwinSync, twinSync } from './sync.ts';
import { deviceTeller } from './tell-devices.ts';

export interface TwinOptions {
  readonly node: string;
  /** Bytes of all twins together, as JSON. */
  readonly sizeMax: number;
}

export interface TwinsParts {
  readonly log: Log;
  readonly now: () => number;
  /** Journals; `durable` runs afterwards, in order. False: there is no room. */
  readonly write: (record: JsonRecord, durable: () => void) => boolean;
  readonly publish: (message: OutletMessage) => void;
  /** Over the link, if it is up and the cloud knows twins. */
  readonly send: (frame: TwinFrame) => boolean;
  /** The cloud has all records of twins that were journaled. */
  readonly settled: () => boolean;
}

/** What the node does with twins. */
export interface EdgeTwins extends Twins {
  /** The name under which this node edits; before anything else. */
  begin(replica: string): void;
  /** Builds the state again, from a snapshot or the journal. */
  restore(part: TwinPart): void;
  /** Tells devices what they should do; nothing is told before. */
  open(): void;
  /** What a device reported, already parsed. Gives why it is unfit; throws when there is no room. */
  report(device: string, raw: unknown): string | undefined;
  /** Somebody asks for the desired values of a device. */
  wanted(device: string): void;
  /** How often the device has moved between nodes, as far as is known here. */
  termOf(device: string): number | undefined;
  /** A frame came over the link. */
  hear(body: unknown): void;
  /** The link is up, and its cloud knows twins. */
  linked(): void;
  /** Once a second. */
  tick(): void;
  all(): Iterable<Twin>;
  /** Rises with each change that has become durable. */
  readonly changes: number;
  metrics(): string;
}

/** Keeps the twins of the node's devices: what is decided here is journaled first, and in force afterwards. */
export function edgeTwins(options: TwinOptions, parts: TwinsParts): EdgeTwins {
  const metrics = defineMetrics(twinMetrics);
  const teller = deviceTeller(options.node, parts.publish);
  const book = twinBook(options.node, options.sizeMax);
  const moment = () => ({ now: Math.floor(parts.now()), driftMax: stampDriftMax });
  let replica = options.node;
  let changes = 0;

  const settle = (twin: Twin): void => {
    changes += 1;
    teller.changed(book.settle(twin), twin);
  };

  /** Journals a change and what else the cloud lacks. Gives why it is refused: then nothing has changed. */
  const keep = (
    merged: Merged,
    lacking: TwinPart['fields'],
    from: string,
    durable?: (twin: Twin) => void,
  ): Refusal | undefined => {
    const { twin, part } = merged;
    const events = merged.events.filter((event): event is ConflictEvent | ClampEvent => event.kind !== 'edit');
    const body = { ...part, fields: { ...lacking, ...part.fields }, at: moment().now, events };
    const done = (): void => {
      settle(twin);
      durable?.(twin);
    };
    const hasRoom = book.hasRoom(twin);
    if (!hasRoom || !parts.write({ kind: 'twin', body }, done)) {
      const why = hasRoom ? 'backlogged' : 'full';
      metrics.refused.add(1, why);
      return why;
    }
    // The next edit may come before this one is durable, and builds on it.
    book.decide(twin);
    metrics.edits.add(1, from);
    count(events);
    return undefined;
  };

  const count = (events: readonly (ConflictEvent | ClampEvent)[]): void => {
    for (const event of events) {
      if (event.kind === 'conflict') metrics.conflicts.add(1, event.policy);
      else metrics.clamped.add(1);
      if (event.kind === 'clamp') parts.log.warn('twin.stamp_clamped', { path: event.path, from: event.from.wall });
    }
  };

  const refusal = (why: Refusal, device: string): Error =>
    why === 'full'
      ? twinFaults('EDGE_TWIN_FULL', `the twins of this node have ${book.sizeBytes} bytes`, { device, status: 507 })
      : edgeFaults('EDGE_BACKLOGGED', 'an edit waits for the disk', { device });

  /** Decides an edit that was made here. */
  const decide = (device: string, sections: Sections, by: string): Decoded<Merged> => {
    const before = book.latest(device) ?? newTwin(device, { node: options.node, term: 0 });
    const edits = [];
    for (const [section, raw] of Object.entries(sections)) {
      const read = readTwinPatch(before, section, raw);
      if (!read.ok) return read;
      edits.push(...read.value);
    }
    return editTwin(before, edits, { ...moment(), replica, by });
  };

  const isOurs = (device: string): boolean => book.latest(device)?.owner.node === options.node;

  const sync: TwinSync = twinSync({
    book,
    send: parts.send,
    onStep: (step) => metrics.syncs.add(1, step),
    take(incoming, whole) {
      const before = book.latest(incoming.device) ?? newTwin(incoming.device);
      const merged = mergeTwin(before, incoming, moment());
      const lacking = whole && parts.settled() ? lackingIn(incoming, merged.twin) : {};
      const isNew = merged.hasChanged || Object.keys(lacking).length > 0;
      const why = isNew ? keep(merged, lacking, 'cloud') : undefined;
      if (why) parts.log.warn('twin.refused', { device: incoming.device, why, sizeBytes: book.sizeBytes });
    },
  });

  return {
    begin: (name) => void (replica = name),
    restore(part) {
      const before = book.latest(part.device) ?? newTwin(part.device);
      const { twin } = mergeTwin(before, part, { now: Number.MAX_SAFE_INTEGER, driftMax: 0 });
      book.decide(twin);
      book.settle(twin);
    },
    open: () => teller.open(book.all()),
    find(device) {
      if (!isOurs(device)) sync.want(device);
      const twin = book.durable(device);
      return twin && twinValues(twin);
    },
    edit(device, sections, { by, from, expected }) {
      const { promise, resolve, reject } = Promise.withResolvers<TwinValues>();
      const there = book.latest(device) ?? newTwin(device, { node: options.node, term: 0 });
      const edited = decide(device, sections, by);
      if (expected !== undefined && expected !== digestOf(there)) {
        const facts = { device, status: 412 };
        reject(twinFaults('EDGE_TWIN_CHANGED', `${device} has version ${digestOf(there)}, not ${expected}`, facts));
      } else if (!edited.ok) {
        metrics.refused.add(1, 'unfit');
        reject(twinFaults('EDGE_TWIN_UNFIT', edited.why, { device, status: 400 }));
      } else if (!edited.value.hasChanged) resolve(twinValues(there));
      else {
        const why = keep(edited.value, {}, from, (twin) => resolve(twinValues(twin)));
        if (why) reject(refusal(why, device));
      }
      if (!isOurs(device)) sync.want(device);
      return promise;
    },
    report(device, raw) {
      const edited = decide(device, { reported: raw }, `device:${device}`);
      if (!edited.ok) {
        metrics.refused.add(1, 'unfit');
        return edited.why;
      }
      if (!isOurs(device)) sync.want(device);
      const why = edited.value.hasChanged ? keep(edited.value, {}, 'device') : undefined;
      if (why) throw refusal(why, device);
      return undefined;
    },
    wanted(device) {
      if (!isOurs(device)) sync.want(device);
    },
    termOf: (device) => book.latest(device)?.owner.term,
    hear(body) {
      const frame = readTwinFrame(body);
      if (frame.ok) return sync.hear(frame.value);
      metrics.refused.add(1, 'unreadable');
      parts.log.warn('twin.unreadable', { why: frame.why });
    },
    linked: sync.linked,
    tick: sync.tick,
    all: book.all,
    get changes() {
      return changes;
    },
    metrics() {
      metrics.twins.set(book.count);
      metrics.bytes.set(book.sizeBytes);
      return metrics.expose();
    },
  };
}

type Sections = Readonly<Record<string, unknown>>;

type Refusal = 'full' | 'backlogged';

/** The fields of a twin of which the other side does not have all. */
function lackingIn(theirs: TwinPart, ours: Twin): TwinPart['fields'] {
  const joined = mergeTwin({ ...theirs, owner: ours.owner }, ours, { now: Number.MAX_SAFE_INTEGER, driftMax: 0 });
  return joined.part.fields;
}

/** What a record of the journal says of a twin; undefined for what is none. */
export function twinIn(record: JsonRecord): TwinPart | undefined {
  const read = record.kind === 'twin' ? readTwinRecord(record.body) : undefined;
  return read?.ok ? read.value : undefined;
}
