import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '@selvedge/kernel';
import type { Weather } from '../../../tools/world/netns-relay.ts';
import type { Mortal } from './mortal.ts';

/** The weathers of a road; each comes once before any comes again. */
const weathers: Readonly<Record<string, (random: Random) => Weather>> = {
  calm: () => ({}),
  lossy: (random) => ({ loss: 0.05 + 0.25 * random.next(), delay: [1, 20] }),
  far: () => ({ delay: [50, 300] }),
  mixed: (random) => ({ delay: [10, 60], late: 0.1 + 0.2 * random.next(), twice: 0.05 }),
  narrow: (random) => ({ rate: 16_000 + 48_000 * random.next(), delay: [5, 40] }),
  bad: (random) => ({ loss: 0.15 * random.next(), delay: [50, 300], late: 0.1, twice: 0.02, rate: 128_000 }),
  cut: () => ({ cut: true }),
};

/** How long each weather holds, in milliseconds. */
const holds = [4_000, 9_000] as const;
/** How long a process lives, and then lies, in milliseconds. A life may end before it has started. */
const lives = [8_000, 26_000] as const;
const deaths = [0, 3_000] as const;

/** Changes the weather of a road until `signal` aborts, then leaves it calm; gives how often each weather came. */
export async function rain(
  change: (weather: Weather) => void,
  random: Random,
  signal: AbortSignal,
): Promise<Readonly<Record<string, number>>> {
  const came: Record<string, number> = {};
  let deck: string[] = [];
  while (!signal.aborted) {
    if (deck.length === 0) deck = shuffled(Object.keys(weathers), random);
    const name = deck.pop()!;
    came[name] = (came[name] ?? 0) + 1;
    change(weathers[name]!(random));
    await pause(between(holds, random), signal);
  }
  change({});
  return came;
}

/** Kills a process and starts it again until `signal` aborts, and leaves it running. */
export async function reap(one: Mortal, random: Random, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(between(lives, random), signal);
    if (signal.aborted) return;
    await one.kill();
    await pause(between(deaths, random), signal);
    one.start();
  }
}

/** Sleeps, but not beyond the abortion of `signal`, which is no failure. */
export const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  sleep(milliseconds, undefined, { signal }).catch(() => undefined);

const between = ([least, most]: readonly [number, number], random: Random): number =>
  least + (most - least) * random.next();

function shuffled(names: readonly string[], random: Random): string[] {
  const drawn = names.map((name) => ({ name, at: random.next() }));
  return drawn.sort((left, right) => left.at - right.at).map(({ name }) => name);
}
