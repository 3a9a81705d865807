import { type Clock, describeFailure, type Fault, type Log, seconds } from '@selvedge/kernel';
import type { Catalogue } from './catalogue.ts';
import type { Disk } from './disk.ts';
import { diskFault } from './disk-fault.ts';
import { journalFaults } from './faults.ts';
import { type Generation, generation } from './generation.ts';
import type { Position } from './journal.ts';
import type { JournalMetrics } from './metrics.ts';
import { segmentOverhead } from './options.ts';
import { type ClosedBatch, type Pending, pendingRecords, sealBatches } from './pending.ts';
import type { Slabs } from './slab.ts';
import type { Tail } from './tail.ts';
import type { Writer } from './writer.ts';

/** Takes records in memory and makes them durable in groups, one group at a time. */
export interface Committer extends Pick<Pending, 'reserve' | 'fill' | 'next'> {
  readonly head: Position;
  /** As in `Journal`. */
  commit(): Promise<void>;
  /** Settles when what is pending now is durable or refused; never rejects. */
  settled(): Promise<void>;
  /** Tells that the segments take another number of bytes than after the last commit. */
  resized(): void;
  /** Closes the active segment once no commit is under way; rejects while the disk refuses. */
  roll(): Promise<void>;
  /** Refuses new records as closed, and settles when the last commit is over. */
  close(): Promise<void>;
}

export interface CommitterOptions {
  readonly dir: string;
  readonly classNames: readonly string[];
  readonly head: Position;
  readonly salt: number;
  readonly recordMax: number;
  readonly pendingMax: number;
  readonly sizeMax: number;
  readonly segmentSize: number;
}

export interface CommitterWorld {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly log: Log;
  readonly metrics: JournalMetrics;
  readonly catalogue: Catalogue;
  readonly writer: Writer;
  readonly tail: Tail;
  readonly slabs: Slabs;
  /** Called after each durable commit. */
  committed(): void;
  /** Called when so many bytes are refused for `sizeMax`. */
  full(bytesNeeded: number): void;
  /** Called before a commit is stamped with the wall time. */
  stamp(offset: number): number;
}

/** How often a failing disk is asked whether it works again. */
const probePeriod = seconds(1);
/** A batch is closed at this size: large enough to amortise its header, small enough for one frame of the link. */
const batchMax = 256 * 1024;

export function committer(options: CommitterOptions, world: CommitterWorld): Committer {
  const { pendingMax, sizeMax, salt, dir } = options;
  const { clock, disk, log, metrics, catalogue, writer } = world;
  let head = options.head;
  let flight: Generation | undefined;
  let flightBytes = 0;
  let waiting = generation();
  let running = false;
  let rolls: PromiseWithResolvers<void>[] = [];
  const idle: (() => void)[] = [];
  /** Why nothing is taken at present: the disk, or the end. */
  let refusal: Fault | undefined;
  const life = new AbortController();
  let healing: Promise<void> | undefined;

  /** Bytes that the disk may still be given. */
  const room = (): number => sizeMax - segmentOverhead - catalogue.sizeBytes;

  const pending = pendingRecords({
    offset: head.offset,
    classes: options.classNames.length,
    recordMax: options.recordMax,
    batchMax: Math.min(batchMax, options.segmentSize / 2),
    slabs: world.slabs,
    arm: () => {
      if (!running) clock.soon(run);
    },
    refuse(bytes) {
      if (!refusal && room() <= pendingMax) world.full(bytes);
      const fault = refusal ?? (full ??= tooMuch(bytes));
      metrics.refused.add(1, fault.code);
      throw fault;
    },
  });

  const tooMuch = (bytes: number): Fault => {
    const used = catalogue.sizeBytes + flightBytes;
    if (room() > pendingMax) {
      const text = `${pendingMax} bytes wait for the disk, no room for ${bytes} more`;
      return journalFaults('JOURNAL_FULL', text, { bytes, pendingMax });
    }
    return journalFaults('JOURNAL_FULL', `the journal has ${used} of ${sizeMax} bytes, no room for ${bytes} more`, {
      bytes,
      used,
      sizeMax,
    });
  };

  /** Built once for all that are refused between two commits: it carries a stack, which is dear. */
  let full: Fault | undefined;
  const setLimit = (): void => {
    full = undefined;
    pending.limit(refusal ? -1 : Math.min(pendingMax, room()) - flightBytes);
  };
  setLimit();

  async function run(): Promise<void> {
    if (running) return;
    running = true;
    while (!pending.empty || rolls.length > 0) {
      if (!pending.empty) await commitOnce();
      const asked = rolls;
      rolls = [];
      if (asked.length > 0 && !refusal) await writer.roll();
      for (const one of asked) refusal ? one.reject(refusal) : one.resolve();
    }
    running = false;
    for (const done of idle.splice(0)) done();
  }

  async function commitOnce(): Promise<void> {
    const began = clock.ticks();
    const batches = pending.take();
    const told = waiting;
    flight = told;
    waiting = generation();
    flightBytes = batches.reduce((sum, batch) => sum + batch.length, 0);
    setLimit();
    const appendedAt = world.stamp(head.offset);
    const hash = sealBatches(batches, { salt, appendedAt, prevHash: head.hash });
    try {
      await writer.write(batches, head.hash, appendedAt);
    } catch (cause) {
      await fail(cause, told);
      return;
    }
    const last = batches[batches.length - 1]!;
    head = { offset: last.firstOffset + last.count, hash };
    world.tail.push(batches);
    count(batches, began);
    flight = undefined;
    flightBytes = 0;
    setLimit();
    told.resolve();
    world.committed();
  }

  const count = (batches: readonly ClosedBatch[], began: number): void => {
    for (const batch of batches) metrics.records.add(batch.count, options.classNames[batch.klass]!);
    metrics.bytes.add(flightBytes);
    metrics.commits.add(1);
    metrics.commitSeconds.observe((clock.ticks() - began) / 1_000);
    metrics.size.set(catalogue.sizeBytes);
  };

  /** Refuses what was in the commit and what was appended since, takes the offsets back, and sees to the disk. */
  const fail = async (cause: unknown, told: Generation): Promise<void> => {
    const lost = pending.next - head.offset;
    const fault = diskFault(cause, `a commit of ${flightBytes} bytes failed, ${lost} records are refused`, {
      dir,
      bytes: flightBytes,
      records: lost,
    });
    if (!life.signal.aborted) refusal = fault;
    const later = waiting;
    waiting = generation();
    pending.reset(head.offset);
    setLimit();
    metrics.healthy.set(0);
    metrics.commitsFailed.add(1, fault.code);
    log.error('journal.commit_failed', describeFailure(fault));
    const needed = flightBytes;
    const repaired = await tryRepair();
    flight = undefined;
    flightBytes = 0;
    told.reject(fault);
    later.reject(fault);
    if (!life.signal.aborted) healing = heal(repaired, needed).catch(() => undefined);
  };

  const tryRepair = async (): Promise<boolean> => {
    try {
      await writer.repair();
      return true;
    } catch (cause) {
      log.debug('journal.repair_failed', describeFailure(cause));
      return false;
    }
  };

  /** Looks every second whether the disk can go on, and then takes records again. Ends with the journal. */
  const heal = async (repairedAlready: boolean, bytesNeeded: number): Promise<void> => {
    let repaired = repairedAlready;
    const isFull = refusal?.code === 'JOURNAL_DISK_FULL';
    for (;;) {
      await clock.sleep(probePeriod, life.signal);
      repaired ||= await tryRepair();
      if (life.signal.aborted) return;
      if (!repaired) continue;
      if (isFull && (await disk.free(dir).catch(() => 0)) < bytesNeeded + roomToGoOn) continue;
      if (life.signal.aborted) return;
      refusal = undefined;
      setLimit();
      metrics.healthy.set(1);
      log.info('journal.recovered', { dir, offset: head.offset });
      return;
    }
  };

  return {
    get head() {
      return head;
    },
    reserve: pending.reserve,
    fill: pending.fill,
    get next() {
      return pending.next;
    },
    commit() {
      if (!pending.empty) return waiting.promise();
      if (flight) return flight.promise();
      return refusal ? Promise.reject(refusal) : Promise.resolve();
    },
    async settled() {
      await (pending.empty ? flight : waiting)?.promise().catch(() => undefined);
    },
    resized: setLimit,
    roll() {
      const asked = Promise.withResolvers<void>();
      rolls.push(asked);
      if (!running) clock.soon(run);
      return asked.promise;
    },
    async close() {
      refusal = journalFaults('JOURNAL_CLOSED', `the journal in ${dir} is closed`, { dir });
      life.abort();
      setLimit();
      await healing;
      if (running) await new Promise<void>((resolve) => idle.push(resolve));
      else await run();
    },
  };
}

/** Free bytes beyond the refused commit that a disk must have before records are taken again. */
const roomToGoOn = 4_096;
