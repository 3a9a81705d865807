import { type Files, isCode, isTest, type Rule, type Violation } from './rule.ts';

const statement = /^- \[([A-Z]{3,4}-\d+)\] /;
const citation = /\[((?:[A-Z]{3,4}-\d+(?:, ?)?)+)\]/g;

/** Clause names the house has given out; what else stands in brackets is somebody else's (`[RFC-1]`). */
const prefixes =
  'KER PRO JRN MQB STR TRU DEV EDG LNK CLD API CON CLI TST TDY BOOT RUN DOC PCK WLD SCN BEN ACC COA BRG FUZ'.split(' ');

interface Place {
  readonly path: string;
  readonly line: number;
}

/** Every clause in docs/spec is stated once and cited by a test, and nobody cites one that does not exist. */
export const clauses: Rule = (files) => {
  const stated = new Map<string, Place>();
  const violations: Violation[] = [];
  for (const { id, ...place } of statements(files)) {
    const first = stated.get(id);
    if (first) violations.push({ ...place, why: `${id} is stated already in ${first.path}:${first.line}` });
    else stated.set(id, place);
  }
  const tested = new Set<string>();
  const told = new Set<string>();
  for (const { id, ...place } of citations(files)) {
    if (isTest(place.path)) tested.add(id);
    const once = `${place.path} ${id}`;
    // Tidy's own tests plant clauses that do not exist.
    if (
      stated.has(id) ||
      told.has(once) ||
      place.path.startsWith('tools/tidy/') ||
      !prefixes.includes(id.split('-')[0]!)
    )
      continue;
    told.add(once);
    violations.push({ ...place, why: `${id} stands nowhere in docs/spec` });
  }
  for (const [id, place] of stated) {
    if (!tested.has(id)) violations.push({ ...place, why: `${id} is cited by no test` });
  }
  return violations;
};

function* statements(files: Files): Generator<Place & { id: string }> {
  for (const [path, text] of files) {
    if (!/^docs\/spec\/.*\.md$/.test(path)) continue;
    for (const [index, line] of text.split('\n').entries()) {
      const id = statement.exec(line)?.[1];
      if (id !== undefined) yield { id, path, line: index + 1 };
    }
  }
}

function* citations(files: Files): Generator<Place & { id: string }> {
  for (const [path, text] of files) {
    if (!isCode(path)) continue;
    for (const [index, line] of text.split('\n').entries()) {
      for (const [, list] of line.matchAll(citation)) {
        for (const id of list!.split(/, ?/)) yield { id, path, line: index + 1 };
      }
    }
  }
}
