import { type Coder, levelOf } from './coder.ts';

/** Codes a number of a column whose usual size is learnt as it goes. One that is far out counts as moderately so. */
export function adaptive(coder: Coder, sizes: Float64Array, column: number, value: number): number {
  const size = sizes[column]!;
  const told = coder.number(column, levelOf(size), value);
  sizes[column] = learnt(size, told);
  return told;
}

/** The mean size after one more number. */
export function learnt(size: number, value: number): number {
  const magnitude = value < 0 ? -value : value;
  const most = size * 4 + 16;
  return size + (Math.min(magnitude, most) - size) * 0.0625;
}
