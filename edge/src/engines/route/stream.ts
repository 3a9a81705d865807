import { type Shape, type Value, valueKind } from '@selvedge/protocol';
import { type FoldPolicy, globOf } from './policy.ts';

/** What was sent last of the readings of one device and shape under a policy that folds them. */
export interface Stream {
  /** Whether the reading is sent raw for all others; if so, it is the one that the next are held against. */
  represents(values: readonly Value[], now: number): boolean;
}

/** The first reading is sent; with no way to choose others, none is. */
export function stream(fold: FoldPolicy, shape: Shape): Stream {
  const { oneOf, every, onChange } = fold;
  const bands = fold.deadBand.map(({ glob, width }) => ({ fits: globOf(glob), width }));
  /** Per value: how far it may move; -1 where only a change counts, NaN where nothing does. */
  const widths = shape.names.map((name, slot) => {
    const band = shape.kinds[slot] === valueKind.text ? undefined : bands.find((one) => one.fits(name));
    return band?.width ?? (onChange ? -1 : Number.NaN);
  });
  const chooses = oneOf > 0 || every > 0 || widths.some((width) => !Number.isNaN(width));
  const last: Value[] = [];
  let sentAt = 0;
  let passed = 0;

  const moved = (values: readonly Value[]): boolean => {
    for (let slot = 0; slot < widths.length; slot++) {
      const width = widths[slot]!;
      if (width < 0 ? values[slot] !== last[slot] : Math.abs(Number(values[slot]) - Number(last[slot])) > width)
        return true;
    }
    return false;
  };

  return {
    represents(values, now) {
      if (!chooses) return false;
      passed += 1;
      const isFirst = last.length === 0;
      const isDue = (oneOf > 0 && passed >= oneOf) || (every > 0 && now - sentAt >= every);
      if (!isFirst && !isDue && !moved(values)) return false;
      for (let slot = 0; slot < widths.length; slot++) last[slot] = values[slot]!;
      sentAt = now;
      passed = 0;
      return true;
    },
  };
}
