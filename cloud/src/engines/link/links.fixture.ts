import { Buffer } from 'node:buffer';
import { batchHash, bodyDigest, genesisHash } from '@selvedge/journal';
import { type LogFields, logTo, seconds } from '@selvedge/kernel';
import {
  addInterval,
  type BatchFrame,
  batchCodec,
  type ConfigurationFrame,
  decodeFrame,
  encodeFrame,
  type FrameBodies,
  type Interval,
  type TextFrame,
} from '@selvedge/protocol';
import { manualClock } from '../../manual-clock.fixture.ts';
import { cloudMetrics } from '../../metrics.ts';
import type { CommandView, Held, LinkConnection, ShippedBatch } from '../../ports.ts';
import { intake } from '../ingest/intake.ts';
import { links } from './links.ts';
import type { LinksWorld } from './one-link.ts';

export const epoch = '0123456789ab';

/** Batches of one journal, chained as a node chains them. */
export function chain(of = epoch) {
  let offset = 0;
  let prevHash = genesisHash(of);
  return {
    get head() {
      return { offset, hash: Buffer.from(prevHash).toString('hex') };
    },
    next(records: readonly (string | Uint8Array)[], klass = 1): BatchFrame {
      const parts = records.map((record) => {
        const length = Buffer.alloc(4);
        const bytes = typeof record === 'string' ? Buffer.from(record) : record;
        length.writeUInt32LE(bytes.length);
        return Buffer.concat([length, bytes]);
      });
      const body = Buffer.concat(parts);
      const fields = {
        klass,
        firstOffset: offset,
        count: records.length,
        appendedAt: 1_000 + offset,
        bodyLength: body.length,
      };
      const digest = bodyDigest(body);
      const hash = batchHash(fields, digest, prevHash);
      const { bodyLength: plainLength, ...rest } = fields;
      const frame = { ...rest, codec: batchCodec.plain, prevHash, hash, bodyDigest: digest, plainLength, body };
      offset += records.length;
      prevHash = hash;
      return frame;
    },
  };
}

/** A log in memory, as much of it as a link needs; it can be told to fail. */
function memoryLog() {
  const rows: ShippedBatch[] = [];
  const aside: { batch: ShippedBatch; code: string; message: string }[] = [];
  const held = new Map<string, readonly Held[]>();
  const appends: number[] = [];
  let failure: Error | undefined;
  const of = (node: string, journal: string) => rows.filter((one) => one.node === node && one.epoch === journal);
  return {
    rows,
    aside,
    appends,
    fail(cause: Error | undefined) {
      failure = cause;
    },
    log: {
      owner: async (journal: string) => rows.find((one) => one.epoch === journal)?.node,
      held: async (node: string, journal: string) => held.get(`${node}/${journal}`) ?? [],
      prunedTo: async () => 0,
      marks: async (node: string, journal: string, [from, to]: Interval) =>
        of(node, journal).filter((one) => one.firstOffset < to && from < one.firstOffset + one.count),
      async append(batches: readonly ShippedBatch[], now: readonly Held[]) {
        if (failure) throw failure;
        rows.push(...batches);
        appends.push(batches.length);
        held.set(`${batches[0]!.node}/${batches[0]!.epoch}`, now);
      },
      async setAside(batch: ShippedBatch, code: string, message: string) {
        if (failure) throw failure;
        aside.push({ batch, code, message });
      },
      aside: async () => [],
      acknowledged: async (node: string, journal: string) =>
        [
          ...of(node, journal),
          ...aside.map((one) => one.batch).filter((one) => one.node === node && one.epoch === journal),
        ]
          .map((one): Interval => [one.firstOffset, one.firstOffset + one.count])
          .reduce<readonly Interval[]>((all, one) => addInterval(all, one), []),
    },
    journals: async () => {
      const names = new Map(rows.map((one) => [`${one.node}/${one.epoch}`, { node: one.node, epoch: one.epoch }]));
      return [...names.values()];
    },
  };
}

/** Links over a store in memory, a clock that moves by hand, and everything that was told to the registry and the log. */
export function linksWorld() {
  const clock = manualClock();
  const store = memoryLog();
  const told: string[] = [];
  const lines: { event: string; fields: LogFields }[] = [];
  const queued: CommandView[] = [];
  /** What nodes are to hear next of their configuration. */
  const configurations: ConfigurationFrame[] = [];
  const nodes: { id: string; online: boolean }[] = [];
  const metrics = cloudMetrics();
  const unused = () => Promise.reject(new Error('not for links'));
  const world: LinksWorld = {
    clock,
    metrics,
    log: logTo((_level, event, fields) => void lines.push({ event, fields }), 'debug'),
    intake: intake({ log: store.log }),
    twins: () => ({ hear: async () => [] }),
    store: {
      log: store.log,
      configurations: {
        async heard(node, said) {
          told.push(`configured ${node} ${said.good.version}`);
          return configurations[0];
        },
        due: async () => configurations[0],
      },
      commands: {
        issue: unused,
        find: unused,
        list: unused,
        expire: unused,
        queued: async (node) => queued.filter((one) => one.node === node),
        taken: async (id) => void told.push(`taken ${id}`),
      },
      registry: {
        nodeSeen: async (node, journal) => void told.push(`seen ${node} ${journal}`),
        nodeReported: async (node, report) => void told.push(`report ${node} ${report.readingsTotal}`),
        nodeOnline: async (node, online) => void told.push(`${online ? 'online' : 'offline'} ${node}`),
        timeCorrections: async () => [],
        nodes: async () => nodes as never,
        node: unused,
        devices: unused,
        device: unused,
      },
    },
  };
  const limits = { silentMax: seconds(30), greetMax: seconds(10), waitingMax: 1_000_000, askMax: seconds(60) };
  return {
    ...store,
    ...{ clock, told, lines, queued, configurations, nodes, metrics },
    intake: world.intake,
    links: links(limits, world),
  };
}

/** The node's end of a pipe that loses nothing. */
export function pipe(options: { canPause?: boolean } = {}) {
  const heard: TextFrame[] = [];
  let listen: (frame: Buffer) => void = () => undefined;
  let closing: (reason: string) => void = () => undefined;
  const state = { closed: undefined as string | undefined, paused: false, bufferedBytes: 0 };
  const connection: LinkConnection = {
    send(frame) {
      if (state.closed !== undefined) return false;
      const decoded = decodeFrame(Buffer.from(frame));
      if (decoded.ok) heard.push(decoded.value);
      return true;
    },
    close(reason = '') {
      if (state.closed !== undefined) return;
      state.closed = reason;
      closing(reason);
    },
    get bufferedBytes() {
      return state.bufferedBytes;
    },
    onFrame: (listener) => void (listen = listener),
    onClose: (listener) => void (closing = listener),
    ...(options.canPause
      ? {
          pause: () => void (state.paused = true),
          resume: () => void (state.paused = false),
        }
      : {}),
  };
  return {
    connection,
    heard,
    state,
    say: (frame: Buffer) => listen(frame),
    hangUp: () => connection.close('the node hung up'),
    hello(
      node: string,
      head: { offset: number; hash: string },
      journal = epoch,
      more: Pick<FrameBodies['hello'], 'channel' | 'speaks' | 'link'> = {},
    ) {
      const base = { offset: 0, hash: '' };
      listen(encodeFrame('hello', { node, epoch: journal, head, base, software: 'edge 0.1.0', time: 1, ...more }));
    },
    prove: (offset: number, hash: string) => listen(encodeFrame('proof', { offset, hash })),
    of: <Type extends keyof FrameBodies>(type: Type): readonly FrameBodies[Type][] =>
      heard.filter((frame) => frame.type === type).map((frame) => frame.body as FrameBodies[Type]),
  };
}
