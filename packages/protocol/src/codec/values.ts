import type { Buffer } from 'node:buffer';
import { valueKind } from '../shape.ts';
import type { Coder } from './coder.ts';
import { column } from './columns.ts';
import { changeForm, formFor, isSpare, rawForm, unitOf, valueFrom, wholeOf } from './number-form.ts';
import { codeRaw } from './raw.ts';
import { learnFirst, type RowShape, type Series, type Session } from './session.ts';
import { codeText, type Told } from './text-column.ts';
import { codeWhole, isFirst, stride } from './whole.ts';

/** Codes the values of one reading. */
export interface ValueCoder {
  begin(coder: Coder, bytes: Buffer, view: DataView): void;
  /** Writer: looks at the numbers in `[at, …)`; true where one comes in another form than the last of its series. */
  prepare(series: Series, at: number): boolean;
  /** Codes the values, which begin at `at`; gives where they end. */
  code(series: Series, at: number, hasChanges: boolean): number;
}

export function valueCoder(session: Session): ValueCoder {
  const { numbers } = session;
  const wholes = new Float64Array(256);
  const newForms = new Uint8Array(256);
  const told: Told = { end: 0, number: 0 };
  let coder!: Coder;
  let bytes!: Buffer;
  let view!: DataView;

  /** Forms that change, each plus one, in front of the values. */
  const codeChanges = ({ shape, numbersAt }: Series): void => {
    for (let i = 0; i < shape.kinds.length; i++) {
      if (shape.kinds[i] !== valueKind.number) continue;
      const place = numbersAt + i;
      const isNew = !coder.isReading && newForms[i] !== numbers.forms[place];
      const form = coder.number(column.form, 0, isNew ? newForms[i]! + 1 : 0) - 1;
      if (form < 0) continue;
      if (form > rawForm) throw new RangeError(`form ${form} of a number is unknown`);
      changeForm(numbers, place, form);
      shape.forms[i] = form;
    }
  };

  const codeNumber = (shape: RowShape, i: number, place: number, at: number): void => {
    const whole = wholes[i]!;
    const form = numbers.forms[place]!;
    if (form === rawForm) {
      codeRaw(coder, numbers, place, view, at);
      return;
    }
    const { state } = numbers;
    const begins = isFirst(state, place * stride);
    const back = codeWhole(coder, shape.columns[i]!, state, place * stride, whole);
    if (begins) learnFirst(shape, i, back / unitOf(form));
    if (coder.isReading) view.setFloat64(at, valueFrom(back, form), true);
  };

  return {
    begin(to, buffer, ofBuffer) {
      coder = to;
      bytes = buffer;
      view = ofBuffer;
    },
    prepare({ shape, numbersAt }, start) {
      let changes = false;
      let at = start;
      for (let i = 0; i < shape.kinds.length; i++) {
        const kind = shape.kinds[i];
        if (kind === valueKind.number) {
          const form = numbers.forms[numbersAt + i]!;
          const value = view.getFloat64(at, true);
          let whole = wholeOf(value, form);
          newForms[i] = form;
          // Raw stays raw, and digits stay, until several numbers in a row would do with less.
          if (
            Number.isNaN(whole)
              ? form !== rawForm || isSpare(numbers, numbersAt + i, value, whole)
              : isSpare(numbers, numbersAt + i, value, whole)
          ) {
            newForms[i] = formFor(value, Number.isNaN(whole) && form !== rawForm ? form : 0);
            whole = wholeOf(value, newForms[i]!);
            if (newForms[i] !== form) changes = true;
          }
          wholes[i] = whole;
          at += 8;
        } else if (kind === valueKind.boolean) at += 1;
        else at += 2 + bytes.readUInt16LE(at);
      }
      return changes;
    },
    code(series, start, hasChanges) {
      const { shape, numbersAt } = series;
      if (hasChanges) codeChanges(series);
      let at = start;
      for (let i = 0; i < shape.kinds.length; i++) {
        const kind = shape.kinds[i];
        const place = numbersAt + i;
        if (kind === valueKind.number) {
          codeNumber(shape, i, place, at);
          at += 8;
        } else if (kind === valueKind.boolean) {
          const { words } = numbers;
          const known = words[place * 2]!;
          const value = known ^ coder.number(shape.columns[i]!, known, coder.isReading ? 0 : bytes[at]! ^ known);
          if (value >>> 1 !== 0) throw new RangeError(`${value} is neither 0 nor 1`);
          words[place * 2] = value;
          if (coder.isReading) bytes[at] = value;
          at += 1;
        } else {
          told.end = at;
          told.number = numbers.words[place * 2]!;
          codeText(coder, session, shape.columns[i]!, shape.texts[i]!, bytes, told);
          numbers.words[place * 2] = told.number;
          at = told.end;
        }
      }
      return at;
    },
  };
}
