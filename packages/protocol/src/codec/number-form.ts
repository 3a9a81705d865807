import { wholeMax } from './coder.ts';
import type { NumberStates } from './number-states.ts';
import { rescale, stride } from './whole.ts';

/**
 * Forms of a number. `f` below 10: a whole number divided by 10^f. From 10 to 19: the same, then rounded to single
 * precision, as devices do that compute with 32 bits. 20: the double's bytes.
 */
export const rawForm = 20;
const singles = 10;
const powers = Float64Array.of(1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9);
/** The whole number that stands for `value` in this form; NaN where none does. */
export function wholeOf(value: number, form: number): number {
  if (form < singles) {
    const whole = Math.round(value * powers[form]!);
    return whole / powers[form]! === value && whole <= wholeMax && whole >= -wholeMax && (whole !== 0 || 1 / value > 0)
      ? whole
      : Number.NaN;
  }
  if (form === rawForm) return Number.NaN;
  const whole = Math.round(value * powers[form - singles]!);
  return Math.fround(whole / powers[form - singles]!) === value &&
    whole <= wholeMax &&
    whole >= -wholeMax &&
    (whole !== 0 || 1 / value > 0)
    ? whole
    : Number.NaN;
}

export const valueFrom = (whole: number, form: number): number =>
  form < singles ? whole / powers[form]! : Math.fround(whole / powers[form - singles]!);

/** How many of the form's whole numbers make one; 0 for bytes. */
export const unitOf = (form: number): number => (form < rawForm ? powers[form % singles]! : 0);

/** The form with the fewest digits in which `value` is exact, at first those that are like the form so far. */
export function formFor(value: number, form: number): number {
  const isSingle = Math.fround(value) === value;
  for (let digits = form < rawForm ? form % singles : 0; digits < singles; digits++) {
    if (!Number.isNaN(wholeOf(value, digits))) return digits;
    if (isSingle && !Number.isNaN(wholeOf(value, singles + digits))) return singles + digits;
  }
  return rawForm;
}

/** A change of form: the guesses go on in the new unit. */
export function changeForm(numbers: NumberStates, place: number, form: number): void {
  const from = numbers.forms[place]!;
  numbers.forms[place] = form;
  numbers.spare[place] = 0;
  if (from === rawForm || form === rawForm) return;
  const ratio = powers[form % singles]! / powers[from % singles]!;
  rescale(numbers.state, place * stride, ratio);
}

/** Numbers in a row that would do with less before the form changes. */
const spareMax = 6;

/** Writer: whether this number is the last of several that need fewer digits than their form has, or no raw form. */
export function isSpare(numbers: NumberStates, place: number, value: number, whole: number): boolean {
  const form = numbers.forms[place]!;
  const needsLess =
    form === rawForm ? formFor(value, 0) !== rawForm : form % singles !== 0 && whole % 10 === 0 && whole !== 0;
  if (needsLess) return ++numbers.spare[place]! > spareMax;
  if (whole !== 0) numbers.spare[place] = 0;
  return false;
}
