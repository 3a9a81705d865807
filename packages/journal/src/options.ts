import { journalFaults } from './faults.ts';
import { classesMax, nameMax, type State } from './format/state.ts';
import type { ClassPolicy, JournalOptions } from './journal.ts';

/** What holds where the options say nothing. */
export const defaults = { recordMax: 16 * 1024 * 1024, pendingMax: 64 * 1024 * 1024 } as const;

/** Bytes that a new segment may take besides its batches: its header, its index. */
export const segmentOverhead = 4 * 1024;

const segmentSizeMin = 4 * 1024;
/** The state file and the indexes. */
const overheadMax = 32 * 1024;
const recordMaxMax = 1024 * 1024 * 1024;

/** Throws JOURNAL_MISUSED with all mistakes at once. */
export function checkOptions(options: JournalOptions): void {
  const { classes, segmentSize, sizeMax, heldMax = 0 } = options;
  const { recordMax, pendingMax } = { ...defaults, ...options };
  const names = new Set(classes.map(({ name }) => name));
  const mistakes: string[] = [];
  const must = (holds: boolean, mistake: string): void => {
    if (!holds) mistakes.push(mistake);
  };
  must(classes.length >= 1 && classes.length <= classesMax, `${classes.length} classes, 1 to ${classesMax} are taken`);
  must(names.size === classes.length, 'two classes have the same name');
  for (const name of names) {
    const size = Buffer.byteLength(name);
    must(size >= 1 && size <= nameMax, `class "${name}" has a name of ${size} bytes, 1 to ${nameMax} are taken`);
  }
  must(segmentSize >= segmentSizeMin, `segmentSize ${segmentSize} is below ${segmentSizeMin}`);
  must(
    sizeMax >= 4 * segmentSize + overheadMax,
    `sizeMax ${sizeMax} is below four segments of ${segmentSize} and 32 KiB`,
  );
  must(heldMax >= 0 && heldMax <= sizeMax, `heldMax ${heldMax} is not within 0 and sizeMax ${sizeMax}`);
  must(recordMax >= 1 && recordMax <= recordMaxMax, `recordMax ${recordMax} is not within 1 and ${recordMaxMax}`);
  must(pendingMax >= recordMax + 1_024, `pendingMax ${pendingMax} does not hold one record of recordMax ${recordMax}`);
  if (mistakes.length > 0) throw journalFaults('JOURNAL_MISUSED', mistakes.join('; '), { dir: options.dir });
}

/** Throws JOURNAL_MISUSED where the classes are not those that the folder was written with, and perhaps new ones after them. */
export function checkClasses(classes: readonly ClassPolicy[], state: State): void {
  const was = state.classes.map(({ name }) => name);
  const is = classes.map(({ name }) => name);
  if (was.every((name, index) => name === is[index])) return;
  throw journalFaults(
    'JOURNAL_MISUSED',
    `the folder was written with classes ${was.join(', ')}, not ${is.join(', ')}`,
    { was, is },
  );
}
