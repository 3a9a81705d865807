import { isUtf8 } from 'node:buffer';
import type { Message, Option } from '../message.ts';
import { isCritical, optionRow, registry } from './registry.ts';

/**
 * The first critical option that this endpoint cannot act on: not known, of a length its RFC forbids, no UTF-8 where it
 * is text, or repeated where it may not be (RFC 7252 §5.4.1, §5.4.3, §5.4.5). OSCORE is one of them: whoever can act on
 * it has taken it off.
 */
export function badOption(message: Message): Option | undefined {
  let before = -1;
  for (const option of message.options) {
    if (isCritical(option.number) && (option.number === registry.oscore.number || !isSound(option, before)))
      return option;
    before = option.number;
  }
  return undefined;
}

/** The options without the elective ones that are to be treated as if they were not there. */
export function soundOptions(options: readonly Option[]): readonly Option[] {
  let before = -1;
  let all = true;
  for (const option of options) {
    if (!isCritical(option.number) && optionRow(option.number) && !isSound(option, before)) all = false;
    before = option.number;
  }
  if (all) return options;
  return options.filter((option, index) => {
    if (isCritical(option.number) || !optionRow(option.number)) return true;
    return isSound(option, options[index - 1]?.number ?? -1);
  });
}

function isSound({ number, value }: Option, before: number): boolean {
  const row = optionRow(number);
  if (!row || value.length < row.min || value.length > row.max) return false;
  if (row.format === 'string' && !isUtf8(value)) return false;
  return row.repeatable || number !== before;
}
