import type { Coder } from './coder.ts';
import { column } from './columns.ts';
import type { NumberStates } from './number-states.ts';

/** Codes the bytes of a double, combined with those of the one before. */
export function codeRaw(coder: Coder, numbers: NumberStates, place: number, view: DataView, at: number): void {
  const { words } = numbers;
  for (let word = 0; word < 2; word++) {
    const known = words[place * 2 + word]!;
    const combined = coder.isReading ? 0 : view.getInt32(at + word * 4, true) ^ known;
    let told = 0;
    for (let i = 3; i >= 0; i--)
      told = (told << 8) | coder.byte(column.raw + word * 4 + i, (combined >>> (i * 8)) & 0xff);
    words[place * 2 + word] = told ^ known;
    if (coder.isReading) view.setInt32(at + word * 4, told ^ known, true);
  }
}
