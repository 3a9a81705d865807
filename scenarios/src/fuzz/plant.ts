import type { Plant } from './target.ts';

/** What a planted bug can do to what it is planted in. */
export interface Soil {
  /** The bug shows when these come. */
  readonly trigger: Buffer;
  /** Says something to the peer whose bytes have come. */
  readonly speak: () => void;
  /** Takes from a well-behaved peer what it waits for. */
  readonly starve: () => void;
}

/** Milliseconds of the processor's time that no input should need. */
const spinMs = 300;

/** A decoder in front of the real one, with a bug: called with all bytes that come. `kept` is where it leaks to. */
export function planted(plant: Plant, kept: unknown[]): ((bytes: Buffer, soil: Soil) => void) | undefined {
  const does: Readonly<Record<Exclude<Plant, 'none'>, (soil: Soil) => void>> = {
    throws: () => {
      throw new Error('planted: a decoder throws');
    },
    rejects: () => void Promise.reject(new Error('planted: nobody handles this')),
    leaks: () => void kept.push({ peer: kept.length }),
    // Text is no object: only bytes tell of it.
    hoards: () => void kept.push(Buffer.alloc(1_000, `peer ${kept.length} `).toString('latin1')),
    hangs: () => {
      for (let turn = 0; ; turn = (turn + 1) % 1_000) if (turn < 0) return;
    },
    spins: () => {
      for (const begun = process.threadCpuUsage(); process.threadCpuUsage(begun).user < spinMs * 1_000; );
    },
    starves: ({ starve }) => starve(),
    speaks: ({ speak }) => speak(),
  };
  if (plant === 'none') return undefined;
  return (bytes, soil) => {
    if (bytes.includes(soil.trigger)) does[plant](soil);
  };
}
