import { type Value, type ValueKind, valueKind } from '@selvedge/protocol';
import type { ByteSink } from './byte-sink.ts';
import type { ByteSource } from './byte-source.ts';
import { readNumbers, writeNumbers } from './number-column.ts';
import { readSwitches, writeSwitches } from './switch-column.ts';
import { readTexts, writeTexts } from './text-column.ts';

/** Writes the values of one column, all of one kind. */
export function writeColumn(sink: ByteSink, kind: ValueKind, values: readonly Value[]): void {
  if (kind === valueKind.number) writeNumbers(sink, Float64Array.from(values as readonly number[]));
  else if (kind === valueKind.boolean) writeSwitches(sink, values as readonly boolean[]);
  else writeTexts(sink, values as readonly string[]);
}

export function readColumn(source: ByteSource, kind: ValueKind, count: number): ArrayLike<Value> {
  if (kind === valueKind.number) return readNumbers(source, count);
  return kind === valueKind.boolean ? readSwitches(source, count) : readTexts(source, count);
}
