import { optionsOf } from './arguments.ts';
import { alignColumns } from './text/columns.ts';
import type { ArgumentRow, OptionRow, Verb } from './verb.ts';

/** The help of one verb, from its declaration. */
export function verbHelp(verb: Verb): string {
  const options = Object.entries(optionsOf(verb));
  const usage = ['selvedge', ...verb.path, ...verb.arguments.map(usageOf), '[options]'].join(' ');
  const sections = [
    `${verb.summary}\n`,
    `Usage: ${usage}\n`,
    section(
      'Arguments',
      verb.arguments.map((row) => [row.name, row.doc + choicesOf(row)]),
    ),
    verb.passes === undefined ? '' : `Settings:\n  ${verb.passes}\n`,
    section(
      'Options',
      options.map(([name, row]) => [optionName(name, row), row.doc]),
    ),
    verb.examples.length === 0 ? '' : `Examples:\n${verb.examples.map((line) => `  ${line}\n`).join('')}`,
  ];
  return sections.filter((text) => text !== '').join('\n');
}

/** What `selvedge` says when no verb is named. */
export function overviewHelp(verbs: readonly Verb[]): string {
  return [
    'Selvedge: readings that were acknowledged are never lost and never doubled, and both sides can prove it.\n',
    'Usage: selvedge VERB [arguments] [options]\n',
    section(
      'Verbs',
      verbs.map((verb) => [verb.path.join(' '), verb.summary]),
    ),
    'Exit codes: 0 done, 1 failed, 2 misused, 3 unreachable, 4 refused.\n`selvedge VERB --help` tells the rest.\n',
  ].join('\n');
}

const section = (title: string, rows: readonly (readonly [string, string])[]): string =>
  rows.length === 0 ? '' : `${title}:\n${alignColumns(rows, '  ')}`;

const usageOf = (row: ArgumentRow): string => (row.optional ? `[${row.name}]` : row.name);
const choicesOf = (row: ArgumentRow): string => (row.choices ? ` One of: ${row.choices.join(', ')}.` : '');

const optionName = (name: string, row: OptionRow): string =>
  row.kind === 'flag' ? `--${name}` : `--${name} ${row.value ?? 'TEXT'}`;
