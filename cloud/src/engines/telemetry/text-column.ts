import { Buffer } from 'node:buffer';
import type { ByteSink } from './byte-sink.ts';
import type { ByteSource } from './byte-source.ts';
import { readIntegers, writeIntegers } from './integer-column.ts';

/**
 * Texts by their place in a dictionary, in the order of first use.
 *
 *   texts = distinct:varint (length:varint utf8)* integers
 */
export function writeTexts(sink: ByteSink, values: readonly string[]): void {
  const places = new Map<string, number>();
  const indexes = Float64Array.from(values, (value) => {
    let place = places.get(value);
    if (place === undefined) places.set(value, (place = places.size));
    return place;
  });
  sink.varint(places.size);
  for (const text of places.keys()) {
    const utf8 = Buffer.from(text, 'utf8');
    sink.varint(utf8.length);
    sink.bytes(utf8);
  }
  writeIntegers(sink, indexes);
}

export function readTexts(source: ByteSource, count: number): string[] {
  const distinct = source.varint();
  if (distinct > count) throw new RangeError(`${distinct} texts in ${count} rows`);
  const texts: string[] = [];
  for (let i = 0; i < distinct; i++) texts.push(source.bytes(source.varint()).toString('utf8'));
  return Array.from(readIntegers(source, count), (place) => {
    const text = texts[place];
    if (text === undefined) throw new RangeError(`text ${place} of ${distinct}`);
    return text;
  });
}
