/** Lines of cells under each other; the last cell of a line is not padded. Ends with a line feed when there is a line. */
export function alignColumns(rows: readonly (readonly string[])[], indent = ''): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows
    .map((row) => row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index]!))).join('  '))
    .map((line) => `${indent}${line.trimEnd()}\n`)
    .join('');
}

/** A table with its head in capitals, or `empty` when there is nothing to show. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[], empty: string): string =>
  rows.length === 0 ? `${empty}\n` : alignColumns([head.map((cell) => cell.toUpperCase()), ...rows]);
