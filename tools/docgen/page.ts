import type { Owned } from './read-tables.ts';

/** A page of the reference: what it is, and that nobody edits it. */
export const page = (title: string, about: string, body: string): string =>
  `# ${title}\n\n${about} Made from the code by \`npm run docs\`.\n${body}`;

/** A Markdown table; what a cell must not contain is escaped. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |\n`;
  return `${line(head)}${line(head.map(() => '---'))}${rows.map(line).join('')}`;
}

/** One section for each part in alphabetical order, with all its tables together. */
export function sections<Table>(owned: readonly Owned<Table>[], render: (tables: readonly Table[]) => string): string {
  const parts = [...new Set(owned.map(({ part }) => part))].sort((a, b) => (a < b ? -1 : 1));
  return parts
    .map((part) => `\n## ${part}\n\n${render(owned.filter((one) => one.part === part).map(({ table }) => table))}`)
    .join('');
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
