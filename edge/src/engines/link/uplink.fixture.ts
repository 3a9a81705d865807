import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { type Journal, journal as journalOf } from '@selvedge/journal';
import { days, hours, millis, seconds } from '@selvedge/kernel';
import {
  batchCodec,
  bundleDecoder,
  decodeBatch,
  decodeFrame,
  encodeFrame,
  type FrameBodies,
  type Interval,
  type LinkSkill,
  lanes,
  type NodeReport,
} from '@selvedge/protocol';
import { world as simulate, simulatedDisk } from '@selvedge/testkit';
import type { LinkConnection } from '../../ports.ts';
import { linkBudget } from '../budget/budget.ts';
import { meter } from '../budget/meter.ts';
import { type UplinkOptions, uplink } from './uplink.ts';

export const options: UplinkOptions = {
  node: 'edge-1',
  software: 'test',
  offlineAfter: seconds(30),
  retryMin: millis(500),
  retryMax: seconds(5),
  gather: lanes.map(() => millis(0)),
  queueMax: lanes.map(() => 100),
  liveBytesMax: 100_000,
  lifetime: seconds(30),
  bulk: true,
  silenceMax: seconds(30),
  reportEvery: seconds(5),
};

const budgetLimits = {
  capacity: 0,
  windowMax: 100_000,
  delayMax: millis(200),
  queueMax: [100, 500, 1_000, 2_000],
  lifetime: seconds(30),
};

/** The cloud's end of one connection: what came over it, and a way to answer. */
export interface End {
  readonly frames: Buffer[];
  say<Type extends keyof FrameBodies>(type: Type, body: FrameBodies[Type]): void;
  cut(): void;
  readonly isOpen: boolean;
}

export interface SetUp extends Partial<UplinkOptions> {
  readonly seed: number;
  readonly capacity?: number;
  /** Appended before the uplink starts: the classes of the records. */
  readonly before?: readonly number[];
  /** Whether the node writes frames of many batches. */
  readonly bundles?: boolean;
}

/** A node with a journal and an uplink, and every connection that it opens. */
export async function setUp({ seed, capacity = 0, before = [], bundles = false, ...change }: SetUp) {
  const world = simulate(seed);
  const life = world.machine('edge').boot();
  const disk = simulatedDisk({ random: world.chance('disk') });
  const classes = lanes.map((name) => ({ name, bytesMax: 1e9, ageMax: days(30) }));
  const journal: Journal = journalOf(
    { dir: '/j', classes, sizeMax: 1e9, segmentSize: 1e6, keep: hours(24) },
    { ...life, disk: disk.mount() },
  );
  const ends: End[] = [];
  const reachable: { now: boolean } = { now: true };
  let now = 0;
  const run = (milliseconds: number): Promise<void> => world.run((now += milliseconds));
  const started = journal.start(new AbortController().signal);
  await run(100);
  await started;
  const commit = async (): Promise<void> => {
    const done = journal.commit();
    await run(20);
    await done;
  };
  const write = async (klass: number, size = 20): Promise<number> => {
    const offset = journal.append(klass, Buffer.alloc(size, `record of class ${klass}`));
    await commit();
    return offset;
  };
  for (const klass of before) await write(klass);
  const link = uplink(
    { ...options, ...change },
    {
      ...life,
      journal,
      transport: {
        async connect() {
          if (!reachable.now) throw new Error('unreachable');
          return openEnd(ends);
        },
      },
      report: () => ({}) as Omit<NodeReport, 'mode'>,
      budget: linkBudget(
        { ...budgetLimits, capacity },
        meter({ link: 'test', pricePerMegabyte: 0, capBytes: 0 }, undefined),
      ),
      pack: (body) => ({ codec: batchCodec.plain, body }),
      ...(bundles && { bundle: { profile: 'default', pack: (bytes) => zstdCompressSync(bytes) } }),
      onCommand: (_command, taken) => taken(),
      onCloudTime: () => undefined,
      answer: async () => ({ large: 'x'.repeat(20_000) }),
    },
  );
  await link.start(new AbortController().signal);
  await run(10);
  return {
    world,
    journal,
    link,
    ends,
    reachable,
    run,
    write,
    welcome(acknowledged: readonly Interval[], speaks: readonly LinkSkill[] = []) {
      ends.at(-1)!.say('welcome', { acknowledged, time: 0, speaks });
    },
    acknowledge: (intervals: readonly Interval[]) => ends.at(-1)!.say('acknowledged', { intervals }),
    /** Appends a record of a class and waits until it is durable and had its time to leave. */
    async append(klass: number, size = 20) {
      const offset = await write(klass, size);
      link.nudge();
      await run(80);
      return offset;
    },
    /** First offsets of the batches that came over the newest connection. */
    shipped: () => batchesOf(ends.at(-1)!).map((batch) => batch.firstOffset),
  };
}

export function openEnd(ends: End[]): LinkConnection {
  const frames: Buffer[] = [];
  let hear: (frame: Buffer) => void = () => undefined;
  const closers: ((reason: string) => void)[] = [];
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    for (const closer of closers) closer('cut');
  };
  ends.push({
    frames,
    say: (type, body) => hear(encodeFrame(type, body)),
    cut: close,
    get isOpen() {
      return open;
    },
  });
  return {
    send(frame) {
      if (open) frames.push(Buffer.from(frame));
      return open;
    },
    close,
    bufferedBytes: 0,
    onFrame: (listener) => void (hear = listener),
    onClose: (listener) => void closers.push(listener),
  };
}

/** The batches that came over a connection, whether by themselves or in bundles. */
export function batchesOf(end: End): readonly { readonly firstOffset: number; readonly klass: number }[] {
  const bundles = bundleDecoder({ unpack: (bytes, length) => zstdDecompressSync(bytes, { maxOutputLength: length }) });
  return end.frames.flatMap((frame): readonly { readonly firstOffset: number; readonly klass: number }[] => {
    const batch = decodeBatch(frame);
    if (batch.ok) return [batch.value];
    const bundle = bundles.decode(frame);
    return bundle.ok ? bundle.value.runs.flatMap((run) => (run.kind === 'batches' ? run.batches : [])) : [];
  });
}

/** What a connection was told in frames of that type. */
export const told = <Type extends keyof FrameBodies>(end: End, type: Type): readonly FrameBodies[Type][] =>
  end.frames.flatMap((frame) => {
    const decoded = decodeFrame(frame);
    return decoded.ok && decoded.value.type === type ? [decoded.value.body as FrameBodies[Type]] : [];
  });
