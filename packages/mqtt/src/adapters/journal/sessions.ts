import { type Disk, type JournalMetrics, journal as journalOf, visitRecords } from '@selvedge/journal';
import {
  type Clock,
  type Duration,
  days,
  describeFailure,
  type Entropy,
  type Log,
  millis,
  type Service,
  seconds,
  service,
} from '@selvedge/kernel';
import { mqttFaults } from '../../faults.ts';
import type { SessionStore } from '../../ports.ts';
import { KeptState } from '../../session/kept-state.ts';
import { writeAll, writeNumbers } from './checkpoint.ts';
import { recorder } from './recorder.ts';
import { Replay } from './replay.ts';
import { Transactions } from './transactions.ts';

export interface JournalSessionsOptions {
  /** A folder of its own. */
  readonly dir: string;
  /** Bytes on disk; beyond it nothing that needs the store is confirmed. 4 GiB unless told. */
  readonly sizeMax?: number;
  /** Bytes written since the last checkpoint from which on the next may begin. 16 MiB unless told. */
  readonly checkpointMin?: number;
  /** Bytes that wait for a disk that refuses; beyond it nothing is kept until a restart. 256 MiB unless told. */
  readonly unkeptMax?: number;
  /** Space is given back by whole segments of this size. 4 MiB unless told. */
  readonly segmentSize?: number;
}

export interface JournalSessionsWorld {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly metrics?: JournalMetrics;
}

export interface JournalSessions extends SessionStore, Service {
  /** Bytes on disk. */
  readonly sizeBytes: number;
}

const MiB = 2 ** 20;
const sizes = { sizeMax: 4_096 * MiB, checkpointMin: 16 * MiB, unkeptMax: 256 * MiB, segmentSize: 4 * MiB };
/** The largest packet of MQTT and what is written around it. */
const recordMax = 272 * MiB;
/** What nobody waits for is durable after this time at the latest. */
const lazyMax = millis(20);
/** How often it is tried while the disk refuses. */
const retryPeriod = seconds(1);
/** Written between two commits of a checkpoint. */
const pieceSize = 256 * 1_024;

/**
 * Keeps sessions, wills and retained messages in a journal: what `commit` has acknowledged survives kill −9 and power
 * cuts. Start it before its broker and stop it afterwards. `start` rejects with MQTT_STORE_UNREADABLE or a fault of the
 * journal; `commit` rejects with a fault of the journal, or MQTT_STORE_OVERFLOWN.
 */
export function journalSessions(options: JournalSessionsOptions, world: JournalSessionsWorld): JournalSessions {
  const { dir, sizeMax, checkpointMin, unkeptMax, segmentSize } = { ...sizes, ...options };
  const { clock, log } = world;
  const classes = [{ name: 'sessions', bytesMax: Number.MAX_SAFE_INTEGER, ageMax: days(36_500) }];
  const pendingMax = 2 * recordMax;
  const journal = journalOf({ dir, classes, sizeMax, segmentSize, keep: millis(0), recordMax, pendingMax }, world);
  const transactions = new Transactions(journal, unkeptMax);
  const { out } = transactions;
  const state = new KeptState();
  const ended = new AbortController();
  let round = 1;
  /** Bytes that the last checkpoint took, and those written since it began. */
  let liveBytes = 0;
  let sinceBytes = 0;
  let checkpointing = false;
  let checkpointed = Promise.resolve();
  let lazy = false;

  const start = async (signal: AbortSignal): Promise<void> => {
    await journal.start(signal);
    const replay = new Replay(state);
    const cursor = journal.cursor('checkpoint', { classes: [0], holds: true });
    for await (const batch of journal.read(cursor.offset)) {
      sinceBytes += batch.bodyLength;
      visitRecords(batch, (body, from, to, offset) => {
        const told = replay.record(body, from, to);
        if (told.ok) return;
        throw mqttFaults('MQTT_STORE_UNREADABLE', `record ${offset} in ${dir}: ${told.why}`, { dir, offset });
      });
    }
    replay.end();
  };

  /** Called with each change that is written: it becomes durable by itself if nobody asks for it. */
  const touched = (within: Duration = lazyMax): void => {
    if (lazy) return;
    lazy = true;
    clock.sleep(within, ended.signal).then(
      () => {
        lazy = false;
        commit()?.catch((cause: unknown) => {
          log.debug('mqtt.store.refused', describeFailure(cause));
          touched(retryPeriod);
        });
      },
      () => undefined,
    );
  };

  const commit = (): Promise<void> | undefined => {
    const before = transactions.written;
    const kept = transactions.commit();
    sinceBytes += transactions.written - before;
    if (sinceBytes > Math.max(checkpointMin, 3 * liveBytes) && !checkpointing && !ended.signal.aborted) {
      checkpointing = true;
      checkpointed = checkpoint()
        .catch((cause: unknown) => log.warn('mqtt.checkpoint.failed', describeFailure(cause)))
        .finally(() => {
          checkpointing = false;
        });
    }
    return kept;
  };

  /** From the transaction that it begins with on, the journal tells everything; what lies before is let go. */
  const checkpoint = async (): Promise<void> => {
    sinceBytes = 0;
    const from = transactions.written;
    transactions.seal();
    round += 1;
    writeNumbers(state, transactions);
    const first = transactions.seal()!;
    let piece = transactions.written;
    for (const _ of writeAll(state, transactions, round)) {
      if (out.length + transactions.written - piece < pieceSize) continue;
      await commit();
      piece = transactions.written;
    }
    await commit();
    liveBytes = transactions.written - from;
    journal.cursor('checkpoint', { classes: [0], holds: true }).advance(first.offset);
    await journal.retain();
    log.debug('mqtt.checkpoint.written', { bytes: liveBytes, sizeBytes: journal.use().sizeBytes });
  };

  return {
    ...service({
      start,
      async stop() {
        ended.abort();
        await checkpointed;
        try {
          await commit();
        } finally {
          await journal.stop();
        }
      },
    }),
    load: () => state.stored(),
    ...recorder({ state, transactions, round: () => round, touched }),
    commit,
    get sizeBytes() {
      return journal.use().sizeBytes;
    },
  };
}
