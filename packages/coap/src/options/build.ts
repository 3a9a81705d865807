import type { Option } from '../message.ts';
import { type OptionName, registry } from './registry.ts';
import { encodeUint } from './uint.ts';

export type OptionValue = number | string | Uint8Array | true;

/** Options by name; a list stands for a repeated one. What is undefined is left out. */
export type OptionValues = { readonly [Name in OptionName]?: OptionValue | readonly OptionValue[] | undefined };

/** Builds options by rising number; equal numbers keep their order. `more` is put among them. */
export function options(values: OptionValues, more: readonly Option[] = []): readonly Option[] {
  const built: Option[] = [...more];
  for (const name in values) {
    const given = values[name as OptionName];
    if (given === undefined) continue;
    const { number } = registry[name as OptionName];
    for (const one of isList(given) ? given : [given]) built.push({ number, value: encodeValue(one) });
  }
  return sorted(built);
}

/** A stable sort: the order of equal numbers has a meaning. */
export const sorted = (list: readonly Option[]): readonly Option[] => [...list].sort((a, b) => a.number - b.number);

function encodeValue(value: OptionValue): Buffer {
  if (value === true) return Buffer.alloc(0);
  if (typeof value === 'number') return encodeUint(value);
  if (typeof value === 'string') return Buffer.from(value);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

const isList = (value: OptionValue | readonly OptionValue[]): value is readonly OptionValue[] => Array.isArray(value);
