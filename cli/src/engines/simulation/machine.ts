import { type Model, type ModelMaker, numberOf, type Obeyed, unknownCommand, type Values } from './model.ts';
import { approach, rounded, wave, waveAt } from './wave.ts';

/** Seconds after the start, and between two failures of the cooling, of the one machine that has them. */
const firstFailureAt = 18;
const failureEvery = 240;
/** Seconds that a shutdown lasts at least; then the machine starts again by itself once it is cool. */
const restFor = 75;
const throttleFor = 60;

/** Degrees Celsius that each mode tends to, and how fast (seconds for 63 % of the way). */
const climates = {
  running: { target: 62, constant: 30 },
  throttled: { target: 56, constant: 30 },
  stopped: { target: 27, constant: 28 },
  failing: { target: 135, constant: 22 },
  failingThrottled: { target: 118, constant: 24 },
} as const;

/**
 * A machine that gets warm at work. The first one has a cooling that fails now and then: then only `shutdown` helps,
 * `throttle` slows the heating down.
 */
export const machine: ModelMaker = (random, { index }): Model => {
  const waves = [wave(random), wave(random), wave(random), wave(random)] as const;
  let mode: 'running' | 'throttled' | 'stopped' = 'running';
  let modeUntil = 0;
  let failing = false;
  let failNext = index === 1 ? firstFailureAt : Number.POSITIVE_INFINITY;
  // No two machines are alike; each begins at its own warmth, so that nothing has to settle first.
  const own = 3 * random.next() - 1.5;
  let heat: number = climates.running.target + own;
  let last = 0;

  const climate = () => {
    if (mode === 'stopped') return climates.stopped;
    if (failing) return mode === 'throttled' ? climates.failingThrottled : climates.failing;
    return climates[mode];
  };

  const turn = (to: typeof mode, until: number): void => {
    mode = to;
    modeUntil = until;
  };

  const step = (seconds: number): Values => {
    if (seconds >= failNext) {
      failing = mode !== 'stopped';
      failNext += failureEvery;
    }
    if (mode !== 'running' && seconds >= modeUntil && !failing) turn('running', 0);
    const { target, constant } = climate();
    heat = approach(heat, target + own, Math.max(0, seconds - last), constant);
    last = seconds;
    const load = mode === 'running' ? 1 : mode === 'throttled' ? 0.6 : 0;
    const read = (which: 0 | 1 | 2 | 3, mean: number, spread: number): number =>
      mean + spread * waveAt(waves[which], seconds, random);
    return {
      temperature: rounded(read(0, heat, 0.9), 2),
      vibration: rounded(Math.max(0, read(1, 0.004 + 0.046 * load + (failing ? 0.03 : 0), 0.006 * (0.2 + load))), 4),
      pressure: rounded(read(2, 1_013.25 + 180 * load, 6), 1),
      flow_rate: rounded(Math.max(0, read(3, 100 * load * (failing ? 0.35 : 1), 3 * load)), 2),
    };
  };

  const obey = (command: string, given: Values, seconds: number): Obeyed => {
    const done = (): Obeyed => ({ done: true, result: { mode, temperature: rounded(heat, 1) } });
    switch (command) {
      case 'shutdown':
        failing = false;
        turn('stopped', seconds + restFor);
        return done();
      case 'throttle':
        if (mode !== 'stopped')
          turn('throttled', seconds + numberOf(given, 'seconds', { min: 1, max: 3_600, otherwise: throttleFor }));
        return done();
      case 'start':
        if (heat > 80) return { done: false, why: `it is still too hot: ${rounded(heat, 1)} °C` };
        turn('running', 0);
        return done();
      default:
        return unknownCommand(command, ['shutdown', 'throttle', 'start']);
    }
  };

  return { step, obey };
};
