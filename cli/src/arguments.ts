import { parseArgs } from 'node:util';
import { cliFaults } from './faults.ts';
import type { Given, OptionRow, Verb } from './verb.ts';

const portBaseOption: OptionRow = {
  kind: 'text',
  value: 'N',
  doc: 'The installation on this machine whose ports begin at N; else 8000.',
};

/** For verbs that look for a running installation. */
export const dataOption: OptionRow = {
  kind: 'text',
  value: 'DIR',
  doc: 'Data folder; else that of the `up` on the port, else SELVEDGE_DATA, else `data` in the checkout.',
};

/** Every verb has these, also where ports play no part, so that a script can give them to all. */
export const commonOptions: Readonly<Record<string, OptionRow>> = {
  'port-base': portBaseOption,
  json: { kind: 'flag', doc: 'Print JSON for programs instead of text for people.' },
  help: { kind: 'flag', doc: 'Show this help.' },
};

/** Verbs that talk to the cloud have these too. */
export const talkOptions: Readonly<Record<string, OptionRow>> = {
  cloud: { kind: 'text', value: 'URL', doc: 'Where the cloud is; else SELVEDGE_CLOUD_URL, else this machine.' },
  token: { kind: 'text', value: 'TOKEN', doc: "Who asks; else SELVEDGE_TOKEN, else the data folder's operator.token." },
  data: dataOption,
};

/** All options of a verb, its own first. */
export function optionsOf(verb: Verb): Readonly<Record<string, OptionRow>> {
  if (verb.passes !== undefined) return { ...verb.options, help: commonOptions['help']! };
  // Spread twice: its own come first, and win.
  return { ...verb.options, ...(verb.talks ? talkOptions : {}), ...commonOptions, ...verb.options };
}

/** The verb that the first words name, and the words after it. */
export function findVerb(
  verbs: readonly Verb[],
  words: readonly string[],
): { verb: Verb; rest: readonly string[] } | undefined {
  const verb = verbs
    .filter(({ path }) => path.every((word, index) => words[index] === word))
    .reduce<Verb | undefined>((best, one) => (best && best.path.length > one.path.length ? best : one), undefined);
  return verb && { verb, rest: words.slice(verb.path.length) };
}

/** Reads what follows the verb. Throws CLI_MISUSED. */
export function readArguments(verb: Verb, words: readonly string[]): Given {
  if (verb.passes !== undefined) return passed(verb, words);
  const rows = optionsOf(verb);
  const { values, positionals } = parse(verb, rows, words);
  const wantsHelp = values['help'] === true;
  if (!wantsHelp) checkArguments(verb, positionals);
  return {
    argument: (name) => positionals[verb.arguments.findIndex((row) => row.name === name)],
    text: (name) => values[name] as string | undefined,
    flag: (name) => values[name] === true,
    list: (name) => (values[name] as readonly string[] | undefined) ?? [],
  };
}

/** For verbs that hand everything on: only the wish for help, and where the ports begin, are ours. */
function passed(verb: Verb, words: readonly string[]): Given {
  const at = words.findIndex((word) => /^--port-base(=|$)/.test(word));
  const inWord = words[at]?.split('=')[1];
  const base = at < 0 ? undefined : (inWord ?? words[at + 1]);
  if (at >= 0 && base === undefined) throw misused(verb, '--port-base needs a number');
  const rest = at < 0 ? words : words.toSpliced(at, inWord === undefined ? 2 : 1);
  return {
    argument: () => undefined,
    text: (name) => (name === 'port-base' ? base : undefined),
    flag: (name) => name === 'help' && words.includes('--help'),
    list: (name) => (name === 'passed' ? rest : []),
  };
}

function parse(verb: Verb, rows: Readonly<Record<string, OptionRow>>, words: readonly string[]) {
  const options = Object.fromEntries(
    Object.entries(rows).map(([name, row]) => [
      name,
      { type: row.kind === 'flag' ? ('boolean' as const) : ('string' as const), multiple: row.kind === 'list' },
    ]),
  );
  try {
    return parseArgs({ args: withValues(words, rows), options, allowPositionals: true, strict: true });
  } catch (cause) {
    throw misused(verb, (cause as Error).message.split(/\.\s/)[0]!);
  }
}

/** Joins an option to a value that begins with a dash, such as `--count -1`, unless the value is an option itself. */
function withValues(words: readonly string[], rows: Readonly<Record<string, OptionRow>>): string[] {
  const rowOf = (word: string): OptionRow | undefined => rows[/^--([^=]+)/.exec(word)?.[1] ?? ''];
  const joined: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const [word, next] = [words[at]!, words[at + 1]];
    const row = word.includes('=') ? undefined : rowOf(word);
    const takesNext = row && row.kind !== 'flag' && next?.startsWith('-') && next !== '--' && !rowOf(next);
    joined.push(takesNext ? `${word}=${words[++at]}` : word);
  }
  return joined;
}

function checkArguments(verb: Verb, given: readonly string[]): void {
  const missing = verb.arguments.slice(given.length).find((row) => !row.optional);
  if (missing) throw misused(verb, `${missing.name} is missing: ${missing.doc}`);
  const extra = given[verb.arguments.length];
  if (extra !== undefined) throw misused(verb, `"${extra}" is one word too many`);
  for (const [index, row] of verb.arguments.entries()) {
    const value = given[index];
    if (value !== undefined && row.choices && !row.choices.includes(value))
      throw misused(verb, `${row.name} is "${value}", it must be one of ${row.choices.join(', ')}`);
  }
}

/** CLI_MISUSED that points to the verb's own help. */
export function misused(verb: Pick<Verb, 'path'>, message: string) {
  const fault = cliFaults('CLI_MISUSED', message);
  return Object.assign(fault, { hint: `selvedge ${verb.path.join(' ')} --help` });
}

/** The whole number of an option between `min` and `max`, or undefined when it was not given. Throws CLI_MISUSED. */
export function wholeNumber(
  given: Given,
  verb: Pick<Verb, 'path'>,
  name: string,
  { min, max }: { min: number; max: number },
): number | undefined {
  const text = given.text(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < min || value > max)
    throw misused(verb, `--${name} is "${text}", it must be a whole number from ${min} to ${max}`);
  return value;
}
