import { type Coder, choice, guessed, levelOf } from './coder.ts';

/**
 * Places of what is remembered of a number, from its first on: the last whole number, the mean of a few and of many, the
 * usual step; how far off each guess was in the mean; how many numbers there were; the latest ones; and the weights of
 * a linear prediction with the deviations that they are for.
 */
const last = 0;
const quick = 1;
const slow = 2;
const step = 3;
const byLast = 4;
const byQuick = 5;
const bySlow = 6;
const byStep = 7;
const byLine = 8;
const seen = 9;
const latest = 10;
const latestCount = 6;
const weights = latest + latestCount;
const order = 8;
/** How much the last error of the linear prediction counts in their mean: it gets better as it learns, and should be heard then. */
const lineShare = 0.15;
const history = weights + order;
export const stride = history + order;

/** Numbers that are this far off are worth a linear prediction, and this far, a look whether one of the latest came again. */
const worthLine = 4;
const worthLatest = 12;

/**
 * Codes a whole number as what is left of the best guess, and learns from it. It is guessed to be the last one, the mean
 * of a few, the mean of many, one step after the last, or what a linear prediction of it says, whose weights follow the
 * normalized least mean squares (Widrow and Hoff 1960): it knows what swings. The guess that was nearest lately counts.
 * Where all are far off, one of the latest may come again.
 */
export function codeWhole(coder: Coder, column: number, state: Float64Array, at: number, value: number): number {
  const mean = state[at + slow]!;
  let guess = state[at + last]!;
  let off = state[at + byLast]!;
  if (state[at + byQuick]! < off) {
    guess = state[at + quick]!;
    off = state[at + byQuick]!;
  }
  if (state[at + bySlow]! < off) {
    guess = mean;
    off = state[at + bySlow]!;
  }
  if (state[at + byStep]! < off) {
    guess = state[at + last]! + state[at + step]!;
    off = state[at + byStep]!;
  }
  if (off < worthLine) {
    const rounded = guessed(guess);
    const whole = rounded + coder.number(column, levelOf(off), value - rounded);
    learn(state, at, whole);
    return whole;
  }
  const line = mean + lineOf(state, at);
  if (state[at + byLine]! < off) {
    guess = line;
    off = state[at + byLine]!;
  }
  const whole =
    off < worthLatest
      ? codeNear(coder, column, off, guess, value)
      : codeFar(coder, column, state, at, off, guess, value);
  learnLine(state, at, whole - line, whole - mean);
  learn(state, at, whole);
  return whole;
}

function codeNear(coder: Coder, column: number, off: number, guess: number, value: number): number {
  const rounded = guessed(guess);
  return rounded + coder.number(column, levelOf(off), value - rounded);
}

function codeFar(
  coder: Coder,
  column: number,
  state: Float64Array,
  at: number,
  off: number,
  guess: number,
  value: number,
): number {
  const again = coder.number(column, choice, coder.isReading ? 0 : placeOf(state, at + latest, value));
  if (again < 0 || again > latestCount) throw new RangeError(`number ${again} of ${latestCount}`);
  const whole = again > 0 ? state[at + latest + again - 1]! : codeNear(coder, column, off, guess, value);
  for (let i = again > 0 ? again - 1 : latestCount - 1; i > 0; i--)
    state[at + latest + i] = state[at + latest + i - 1]!;
  state[at + latest] = whole;
  return whole;
}

/** Where the value is among the latest, from 1 on; 0 where it is not. */
function placeOf(state: Float64Array, at: number, value: number): number {
  for (let i = 0; i < latestCount; i++) if (state[at + i] === value) return i + 1;
  return 0;
}

/** The deviation from the mean that the linear prediction expects. */
function lineOf(state: Float64Array, at: number): number {
  let sum = 0;
  for (let i = at + weights; i < at + history; i++) sum += state[i]! * state[i + order]!;
  return sum;
}

function learnLine(state: Float64Array, at: number, late: number, deviation: number): void {
  let power = 1;
  for (let i = at + history; i < at + stride; i++) power += state[i]! * state[i]!;
  const pace = ((state[at + seen]! < 64 ? 0.2 : 0.1) * late) / power;
  for (let i = at + weights; i < at + history; i++) state[i]! += pace * state[i + order]!;
  for (let i = at + stride - 1; i > at + history; i--) state[i] = state[i - 1]!;
  state[at + history] = deviation;
  state[at + byLine]! += (Math.abs(late) - state[at + byLine]!) * lineShare;
}

function learn(state: Float64Array, at: number, whole: number): void {
  const times = state[at + seen]!;
  const before = state[at + last]!;
  state[at + seen] = times + 1;
  state[at + last] = whole;
  if (times === 0) {
    state[at + quick] = whole;
    state[at + slow] = whole;
    return;
  }
  const share = shareOf(times);
  const fromLast = whole - before;
  const fromQuick = whole - state[at + quick]!;
  const fromSlow = whole - state[at + slow]!;
  const fromStep = fromLast - state[at + step]!;
  state[at + byLast]! += (Math.abs(fromLast) - state[at + byLast]!) * share;
  state[at + byQuick]! += (Math.abs(fromQuick) - state[at + byQuick]!) * share;
  state[at + bySlow]! += (Math.abs(fromSlow) - state[at + bySlow]!) * share;
  state[at + byStep]! += (Math.abs(fromStep) - state[at + byStep]!) * share;
  state[at + quick]! += fromQuick * (times < 8 ? 1 / (times + 1) : 0.125);
  state[at + slow]! += fromSlow * (times < 48 ? 1 / (times + 1) : 1 / 48);
  state[at + step]! += fromStep * 0.25;
}

/** Before the first number: what to expect, and how far off that may be. */
export function expectFirst(state: Float64Array, at: number, guess: number, off: number): void {
  for (const place of [last, quick, slow]) state[at + place] = guess;
  for (const place of [byLast, byQuick, bySlow, byStep, byLine]) state[at + place] = off;
}

export const isFirst = (state: Float64Array, at: number): boolean => state[at + seen] === 0;

/** Until there is a history, each mean is that of all there is. */
const shareOf = (times: number): number => (times < 32 ? 1 / (times + 1) : 1 / 32);

/** A new unit: what is remembered is so many times as large. */
export function rescale(state: Float64Array, at: number, ratio: number): void {
  for (let i = last; i <= byLine; i++) state[at + i]! *= ratio;
  state[at + last] = Math.round(state[at + last]!);
  for (let i = latest; i < latest + latestCount; i++) state[at + i] = Math.round(state[at + i]! * ratio);
  for (let i = history; i < stride; i++) state[at + i]! *= ratio;
}
