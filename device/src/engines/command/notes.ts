import { type ExecutorLimits, type ExecutorNote, type ExecutorState, emptyExecutor, foldExecutor } from './executor.ts';

/** What the device notes durably: each step with a command, and now and then one note that stands for all before it. */
export type DeviceNote =
  | ExecutorNote
  | { readonly note: 'compacted'; readonly boot: number; readonly executor: ExecutorState };

export interface Remembered {
  /** The counter of the last start; 0 when there was none. */
  readonly boot: number;
  readonly executor: ExecutorState;
}

/** What the device remembers from its notes, which are its own and therefore only checked for their kind. */
export function foldNotes(notes: readonly unknown[], limits: ExecutorLimits): Remembered {
  let memory: Remembered = { boot: 0, executor: emptyExecutor };
  for (const note of notes as readonly DeviceNote[]) {
    memory =
      note.note === 'compacted'
        ? // What an earlier program noted knew no fence.
          { boot: note.boot, executor: { ...emptyExecutor, ...note.executor } }
        : { ...memory, executor: foldExecutor(memory.executor, note, limits) };
  }
  return memory;
}
