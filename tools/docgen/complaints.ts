import type { CodeTables } from './read-tables.ts';

/** What the tables themselves get wrong, one line each: names given twice, and names that break the pattern. */
export function complaintsAbout({ faults, metrics }: CodeTables): readonly string[] {
  const codes = faults.flatMap(({ part, table }) => Object.keys(table).map((name) => ({ part, name })));
  const rows = metrics.flatMap(({ part, table }) => Object.values(table).map((row) => ({ part, ...row })));
  return [
    ...doubles('fault', codes),
    ...doubles('metric', rows),
    ...codes
      .filter(({ name }) => !/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/.test(name))
      .map(({ name }) => `fault ${name}: write PART_WHAT`),
    ...rows
      .filter(({ name, part }) => !name.startsWith(`${part}_`))
      .map(({ name, part }) => `metric ${name}: begin it with ${part}_`),
    ...rows
      .filter(({ name, type }) => (type === 'counter') !== name.endsWith('_total'))
      .map(({ name, type }) => `metric ${name}: a counter ends with _total, and nothing else; this is a ${type}`),
  ];
}

function doubles(kind: string, named: readonly { readonly part: string; readonly name: string }[]): readonly string[] {
  const first = new Map<string, string>();
  return named.flatMap(({ part, name }) => {
    const other = first.get(name);
    if (other === undefined) first.set(name, part);
    return other === undefined ? [] : [`${kind} ${name}: declared in ${other} and in ${part}`];
  });
}
