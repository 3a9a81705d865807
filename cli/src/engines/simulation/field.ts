import { type Model, type ModelMaker, numberOf, type Obeyed, unknownCommand, type Values } from './model.ts';
import { approach, rounded, wave, waveAt } from './wave.ts';

/** Percent of soil moisture at which the field is saturated, and to which it dries out. */
const saturated = 42;
const dry = 18;

/** A field with a valve. It dries slowly; `irrigate` opens the valve for some minutes, `close` ends that early. */
export const field: ModelMaker = (random): Model => {
  const waves = [wave(random), wave(random), wave(random)] as const;
  let moisture = 26 + 8 * random.next();
  let valveUntil = 0;
  let last = 0;

  return {
    step(seconds) {
      const valve = seconds < valveUntil;
      moisture = approach(moisture, valve ? saturated : dry, Math.max(0, seconds - last), valve ? 240 : 7_200);
      last = seconds;
      const read = (which: 0 | 1 | 2, mean: number, spread: number): number =>
        mean + spread * waveAt(waves[which], seconds, random);
      return {
        soil_moisture: rounded(read(0, moisture, 0.4), 2),
        temperature: rounded(read(1, 21, 0.7), 2),
        humidity: rounded(read(2, valve ? 64 : 58, 1.5), 1),
        valve,
      };
    },
    obey(command: string, given: Values, seconds: number): Obeyed {
      if (command === 'irrigate') {
        const minutes = numberOf(given, 'minutes', { min: 0.1, max: 60, otherwise: 2 });
        valveUntil = seconds + minutes * 60;
        return { done: true, result: { valve: true, minutes, soil_moisture: rounded(moisture, 1) } };
      }
      if (command === 'close') {
        valveUntil = 0;
        return { done: true, result: { valve: false, soil_moisture: rounded(moisture, 1) } };
      }
      return unknownCommand(command, ['irrigate', 'close']);
    },
  };
};
