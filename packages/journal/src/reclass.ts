import { join } from 'node:path';
import { forEachRecord } from './chain.ts';
import type { Disk } from './disk.ts';
import { lockFault } from './disk-fault.ts';
import { journalFaults } from './faults.ts';
import type { Frame } from './format/batch.ts';
import { offsetOfName, segmentHeaderSize, segmentName } from './format/segment-header.ts';
import type { State } from './format/state.ts';
import { readHeader, withFile } from './scan.ts';
import { openStateFile, stateName } from './state-file.ts';
import { walk } from './walk.ts';

/** What a stopped journal holds by class, read from its batches. */
export interface ClassContent {
  readonly name: string;
  readonly records: number;
  /** Records whose body has gone; their places in the chain are there. */
  readonly stubs: number;
  /** By the first byte of a record, how many there are. */
  readonly kinds: ReadonlyMap<number, number>;
}

type Counted = { records: number; stubs: number; readonly kinds: Map<number, number> };

/** The classes of a journal that nobody has open. Throws JOURNAL_MISUSED where there is no journal, JOURNAL_LOCKED. */
export const classesOf = (dir: string, world: { readonly disk: Disk }): Promise<readonly string[]> =>
  withState(dir, world.disk, async (state) => state.classes.map(({ name }) => name));

/** How much a stopped journal holds of each class. It reads every header. */
export const classContents = (dir: string, { disk }: { readonly disk: Disk }): Promise<readonly ClassContent[]> =>
  withState(dir, disk, async (state) => {
    const found = state.classes.map(({ name }) => ({ name, records: 0, stubs: 0, kinds: new Map<number, number>() }));
    for (const firstOffset of (await disk.list(dir)).map(offsetOfName).filter((one) => one !== undefined))
      await withFile(disk, join(dir, segmentName(firstOffset)), 'existing', async (file) => {
        const header = await readHeader(file);
        if (!header.ok) return;
        const { salt, prevHash } = header.value;
        const place = { position: segmentHeaderSize, offset: firstOffset, hash: prevHash };
        const going = walk({ file, salt, ...place, end: await file.size() });
        for (let step = await going.next(); step; step = await going.next())
          if ('frame' in step) count(found, step.frame);
      });
    return found;
  });

function count(found: readonly Counted[], { kind, batch }: Frame): void {
  const one = kind === 'gap' ? undefined : found[batch.klass];
  if (!one) return;
  one[kind === 'full' ? 'records' : 'stubs'] += batch.count;
  const { body } = batch;
  if (body) forEachRecord(body, (start) => void one.kinds.set(body[start]!, (one.kinds.get(body[start]!) ?? 0) + 1));
}

/**
 * Gives a stopped journal another list of classes: more of them at its end, or fewer. Cursors that are not in `cursors`,
 * where it is given, are forgotten, and those that stay follow only classes that stay. Throws JOURNAL_MISUSED where a
 * class would go that has a batch, JOURNAL_LOCKED, and the faults of the disk.
 */
export async function reclass(
  dir: string,
  to: { readonly classes: readonly string[]; readonly keepsCursor?: (name: string) => boolean },
  { disk }: { readonly disk: Disk },
): Promise<void> {
  const used = await classContents(dir, { disk });
  const going = used.slice(to.classes.length).filter(({ records, stubs }) => records + stubs > 0);
  const was = used.map(({ name }) => name);
  const common = Math.min(was.length, to.classes.length);
  if (going.length > 0 || was.slice(0, common).some((name, i) => name !== to.classes[i]))
    throw journalFaults('JOURNAL_MISUSED', `${dir} has records of ${going.map(({ name }) => name).join(', ')}`, {
      dir,
      was,
      is: to.classes,
    });
  await withState(dir, disk, async (state, save) => {
    const fits = (klass: number): boolean => klass < to.classes.length;
    const { keepsCursor = () => true } = to;
    const next: State = {
      ...state,
      classes: to.classes.map((name, klass) => state.classes[klass] ?? { name, expired: 0 }),
      cursors: state.cursors
        .filter(({ name }) => keepsCursor(name))
        .map((one) => ({ ...one, classes: one.classes.filter(fits) })),
      expiries: state.expiries.filter(({ klass }) => fits(klass)),
    };
    // Both slots, so that no older state is found if the newer one is damaged.
    await save(next);
    await save(next);
  });
}

async function withState<Value>(
  dir: string,
  disk: Disk,
  work: (state: State, save: (state: State) => Promise<void>) => Promise<Value>,
): Promise<Value> {
  if (!(await disk.list(dir).catch((): string[] => [])).includes(stateName))
    throw journalFaults('JOURNAL_MISUSED', `${dir} holds no journal`, { dir });
  const unlock = await disk.lock(join(dir, 'lock')).catch((cause: unknown) => {
    throw lockFault(cause, dir);
  });
  try {
    const file = await openStateFile(disk, dir);
    try {
      if (!file.loaded) throw journalFaults('JOURNAL_MISUSED', `the state of ${dir} cannot be read`, { dir });
      return await work(file.loaded, (state) => file.save(state));
    } finally {
      await file.close();
    }
  } finally {
    await unlock();
  }
}
