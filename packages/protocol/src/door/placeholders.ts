/** `$1` … `$9` in a map's device or metric. */
export const placeholder = /\$(\d)/g;

/** Puts in what the filter's wildcards stood for. */
export const fillPlaceholders = (text: string, levels: readonly string[]): string =>
  text.replace(placeholder, (_, digit: string) => levels[Number(digit) - 1] ?? '');
