import { type Model, type ModelMaker, numberOf, type Obeyed, unknownCommand, type Values } from './model.ts';
import { rounded, wave, waveAt } from './wave.ts';

/** Seconds of each phase of the lights. */
const plan = [
  { name: 'north-south', lasts: 24 },
  { name: 'clearing', lasts: 4 },
  { name: 'east-west', lasts: 20 },
  { name: 'clearing', lasts: 4 },
] as const;
const planLasts = plan.reduce((sum, phase) => sum + phase.lasts, 0);

/** A crossing with lights: queues grow at red and drain at green. `hold` keeps one direction green for a while. */
export const junction: ModelMaker = (random, { index }): Model => {
  const traffic = wave(random);
  const pace = wave(random);
  const offset = index * 7;
  let held: { readonly phase: string; readonly until: number } | undefined;
  let queue = 4;
  let last = 0;

  const phaseAt = (seconds: number): string => {
    if (held && seconds < held.until) return held.phase;
    let at = (seconds + offset) % planLasts;
    for (const phase of plan) {
      if (at < phase.lasts) return phase.name;
      at -= phase.lasts;
    }
    return plan[0].name;
  };

  return {
    step(seconds) {
      const elapsed = Math.max(0, seconds - last);
      last = seconds;
      const phase = phaseAt(seconds);
      const arriving = 0.35 + 0.12 * waveAt(traffic, seconds, random);
      const leaving = phase === 'north-south' ? 0.95 : phase === 'east-west' ? 0.25 : 0;
      queue = Math.min(60, Math.max(0, queue + (arriving - leaving) * elapsed));
      const speed = Math.max(6, 46 - 1.1 * queue + 3 * waveAt(pace, seconds, random));
      return { vehicles: rounded(arriving * 60, 0), speed: rounded(speed, 1), queue: rounded(queue, 0), phase };
    },
    obey(command: string, given: Values, seconds: number): Obeyed {
      if (command !== 'hold') return unknownCommand(command, ['hold']);
      const phase = given['phase'] === 'east-west' ? 'east-west' : 'north-south';
      held = { phase, until: seconds + numberOf(given, 'seconds', { min: 1, max: 120, otherwise: 20 }) };
      return { done: true, result: { phase, queue: rounded(queue, 0) } };
    },
  };
};
