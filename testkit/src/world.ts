import { createHash } from 'node:crypto';
import { type Entropy, type Log, type LogFields, logTo, type Random, seeded, seededEntropy } from '@selvedge/kernel';
import { type SimulatedClock, simulatedClock, wallAtBeginning } from './clock.ts';
import { type History, history } from './history.ts';
import { type Timeline, timeline } from './timeline.ts';

/** What a program is lent, on a machine or outside of all machines. */
export interface Lent {
  readonly clock: SimulatedClock;
  readonly random: Random;
  readonly entropy: Entropy;
  readonly log: Log;
}

/** One life of a machine, from power on to power off. */
export interface Life extends Lent {
  readonly machine: string;
  readonly ended: boolean;
  /** Runs at the moment of the power cut. */
  onEnd(listener: () => void): void;
}

/** A computer with its own wall clock. What runs on it waits through the clock of its life, and dies with it. */
export interface Machine {
  readonly name: string;
  /** The life that goes on now; undefined while the power is off. */
  readonly life: Life | undefined;
  /** Power on, after a power cut if need be. */
  boot(): Life;
  /** Power off: nothing that was planned or waited for on this machine happens any more, and nobody is told. */
  cut(): void;
  /** Moves the machine's wall clock, in this life and the next. */
  jumpWall(milliseconds: number): void;
}

/** Simulated time, chance and machines. One seed gives one history. */
export interface World extends Lent {
  readonly seed: number;
  readonly timeline: Timeline;
  readonly history: History;
  /** The machine of that name; powered off until `boot`. */
  machine(name: string, about?: { readonly wallOffset?: number }): Machine;
  /** A sequence of chance of its own, so that one part's draws do not change another's. */
  chance(name: string): Random;
  /** Runs `task` after so many milliseconds. */
  after(milliseconds: number, task: () => void): void;
  /** Adds a line to the history that nobody logged. */
  note(event: string, fields?: LogFields): void;
  /** Lets everything happen up to so many milliseconds after the beginning. */
  run(until: number): Promise<void>;
}

export function world(seed: number): World {
  const line = timeline();
  const past = history();
  const machines = new Map<string, Machine>();
  const logOf = (who: string): Log =>
    logTo((level, event, fields) => past.add({ at: line.now, who, level, event, fields }), 'debug');
  const seedOf = (name: string): number => createHash('sha256').update(`${seed} ${name}`).digest().readUInt32LE(0);
  const lent = (name: string, clock: SimulatedClock): Lent => ({
    clock,
    random: seeded(seedOf(`${name} random`)),
    entropy: seededEntropy(seedOf(`${name} entropy`)),
    log: logOf(name),
  });
  return {
    ...lent('world', simulatedClock(line)),
    seed,
    timeline: line,
    history: past,
    machine(name, { wallOffset = 0 } = {}) {
      const known = machines.get(name) ?? machineOn(line, name, wallOffset, lent);
      machines.set(name, known);
      return known;
    },
    chance: (name) => seeded(seedOf(`chance ${name}`)),
    after: (milliseconds, task) => void line.plan(line.now + milliseconds, task),
    note: (event, fields = {}) => past.add({ at: line.now, who: 'world', level: 'debug', event, fields }),
    run: (until) => line.run(until),
  };
}

function machineOn(
  line: Timeline,
  name: string,
  wallOffset: number,
  lent: (name: string, clock: SimulatedClock) => Lent,
): Machine {
  let wall = wallAtBeginning + wallOffset;
  let lives = 0;
  let current: (Life & { end: () => void }) | undefined;
  const machine: Machine = {
    name,
    get life() {
      return current;
    },
    boot() {
      machine.cut();
      lives += 1;
      const listeners: (() => void)[] = [];
      const state = { ended: false };
      const clock = simulatedClock(line, { wall, life: state });
      current = {
        ...lent(`${name}.${lives}`, clock),
        machine: name,
        get ended() {
          return state.ended;
        },
        onEnd: (listener) => void listeners.push(listener),
        end() {
          state.ended = true;
          for (const listener of listeners) listener();
        },
      };
      return current;
    },
    cut() {
      const ending = current;
      current = undefined;
      ending?.end();
    },
    jumpWall(milliseconds) {
      wall += milliseconds;
      current?.clock.jumpWall(milliseconds);
    },
  };
  return machine;
}
