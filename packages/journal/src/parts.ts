import { join } from 'node:path';
import { describeFailure } from '@selvedge/kernel';
import { type Committer, committer } from './committer.ts';
import { type Cursors, cursors } from './cursors.ts';
import { type Damages, damages } from './damages.ts';
import { lockFault } from './disk-fault.ts';
import { journalFaults } from './faults.ts';
import type { State } from './format/state.ts';
import { type Growth, growth } from './growth.ts';
import type { JournalOptions, JournalWorld } from './journal.ts';
import { type Keeper, keeper } from './keeper.ts';
import { journalMetrics } from './metrics.ts';
import { checkClasses, defaults } from './options.ts';
import { type Recovered, recover } from './recover.ts';
import { ages } from './retention/ages.ts';
import { type Retainer, retainer } from './retention/retainer.ts';
import { slabs } from './slab.ts';
import { tail } from './tail.ts';
import type { VerifyWorld } from './verify.ts';
import { writer } from './writer.ts';

/** A journal that is open, taken apart. */
export interface Parts {
  readonly committer: Committer;
  readonly cursors: Cursors;
  readonly damages: Damages;
  readonly growth: Growth;
  readonly keeper: Keeper;
  readonly retainer: Retainer;
  readonly reading: VerifyWorld;
  /** Commits what is pending, saves the cursors, and gives everything back. */
  close(): Promise<void>;
}

/** Bytes of recent batches kept in memory for readers at the head. */
const tailBytesMax = 4 * 1024 * 1024;

/** Locks the folder, recovers what is in it, and joins the parts. What was opened is closed again if a later step fails. */
export async function openParts(options: JournalOptions, world: JournalWorld): Promise<Parts> {
  const { dir } = options;
  const { disk, log, clock } = world;
  const metrics = world.metrics ?? journalMetrics();
  await using opened = new AsyncDisposableStack();
  await disk.makeDir(dir);
  const unlock = await disk.lock(join(dir, 'lock')).catch((cause: unknown) => {
    throw lockFault(cause, dir);
  });
  opened.defer(unlock);

  const found = damages({ log, metrics });
  const recovered = await recover(dir, { ...world, metrics, damages: found });
  const { catalogue, stateFile, state } = recovered;
  const { epoch, salt } = state;
  opened.defer(() => stateFile.close());
  checkClasses(options.classes, state);
  const pen = await writer({ ...options, ...recovered, salt, epoch }, catalogue, { clock, disk, log, damages: found });
  opened.defer(() => pen.close());

  const pool = slabs();
  const recent = tail({
    bytesMax: Math.min(tailBytesMax, options.sizeMax / 4),
    salt,
    slabs: pool,
    offset: recovered.head.offset,
  });
  const heads = growth(() => group.head.offset);
  const age = ages(
    { ...recovered.head, jumps: state.jumps, lastAt: lastAppend(recovered) },
    {
      ...{ clock, log, metrics },
      changed: () => memory.changed(),
    },
  );
  const limits = { ...defaults, ...options, classNames: options.classes.map(({ name }) => name) };
  const group: Committer = committer(
    { ...limits, head: recovered.head, salt },
    {
      ...{ clock, disk, log, metrics, catalogue, writer: pen, tail: recent, slabs: pool, stamp: age.look },
      full: (bytes) => letGo.relieve(bytes),
      committed: () => {
        heads.moved();
        letGo.relieve(0);
      },
    },
  );
  const places = cursors({
    classes: options.classes.length,
    known: state.cursors,
    first: () => catalogue.segments[0]?.firstOffset ?? group.head.offset,
    head: () => group.head.offset,
    lost: recovered.stateLost,
    changed: () => memory.changed(),
  });
  const memory: Keeper = keeper({
    ...{ clock, log, metrics, file: stateFile, settled: group.settled },
    state: (): State => ({
      ...{ epoch, salt, head: group.head, trimmedTo: letGo.trimmedTo },
      classes: options.classes.map(({ name }, klass) => ({ name, expired: letGo.expired[klass]! })),
      cursors: places.states(),
      jumps: age.jumps.filter(({ offset }) => offset > (catalogue.segments[0]?.firstOffset ?? 0)),
      expiries: [...letGo.expiries],
    }),
  });
  if (age.jumps.length > state.jumps.length) memory.changed();
  const letGo: Retainer = retainer(
    {
      ...{ ...options, salt, epoch, expiries: state.expiries, trimmedTo: state.trimmedTo },
      expired: options.classes.map((_, klass) => state.classes[klass]?.expired ?? 0),
    },
    {
      ...{ clock, disk, log, metrics, catalogue, ages: age, tail: recent },
      ...{ writer: pen, committer: group, cursors: places, keeper: memory },
    },
  );
  if (state.expiries.length > 0) await letGo.resume();
  metrics.healthy.set(1);
  metrics.size.set(catalogue.sizeBytes);

  const closed = journalFaults('JOURNAL_CLOSED', `the journal in ${dir} is closed`, { dir });
  let open = true;
  opened.defer(() =>
    memory.close().catch((cause: unknown) => log.warn('journal.state_not_saved', describeFailure(cause))),
  );
  opened.defer(() => letGo.close());
  opened.defer(() => group.close());
  opened.defer(() => {
    open = false;
    heads.close(closed);
  });
  const held = opened.move();
  const check = (): void => {
    if (!open) throw closed;
  };
  return {
    ...{ committer: group, cursors: places, damages: found, growth: heads, keeper: memory, retainer: letGo },
    reading: { ...{ disk, catalogue, tail: recent, damages: found, salt, epoch, check }, head: () => group.head },
    close: () => held.disposeAsync(),
  };
}

/** When the newest batch was written whose body is still there. */
function lastAppend({ catalogue }: Recovered): number | undefined {
  const tallies = [...(catalogue.segments.at(-1)?.tallies.values() ?? [])].filter(({ records }) => records > 0);
  // The newest by its place, whatever the clock said: another class may have been written last while it was ahead.
  return tallies.reduce((last, one) => (one.to > last.to ? one : last), tallies[0]!)?.lastAt;
}
