import { type Files, isCode, isTest, type Rule, type Violation } from './rule.ts';
import { idsOf, type Standard } from './statement-ids.ts';

/** The page that lists the statements of each standard. */
const pages: Readonly<Record<Standard, string>> = {
  MQTT5: 'docs/spec/mqtt-5.md',
  MQTT3: 'docs/spec/mqtt-3.1.1.md',
};

/** Where the tests are that a row names without a path from the root. */
const home = 'packages/mqtt/conformance';

const row = /^\| \[(MQTT[35]-[\d.-]+)\] *\|([^|]*)\|([^|]*)\|$/;
const citation = /\[(MQTT[35]-\d[\d.-]*)\]/g;

interface Row {
  readonly id: string;
  readonly proof: string;
  readonly line: number;
}

/**
 * Every normative statement of MQTT has one row on its page, and the row names tests that cite it, or says `client`, or
 * `n/a:` and why. Every statement that is cited exists. A house without the page and without citations has no MQTT.
 */
export const statements: Rule = (files) => {
  const cited = citations(files);
  const standards = Object.keys(pages) as Standard[];
  return [...standards.flatMap((standard) => listed(files, standard, cited)), ...unknown(cited, standards)];
};

function listed(files: Files, standard: Standard, cited: ReadonlyMap<string, ReadonlySet<string>>): Violation[] {
  const path = pages[standard];
  const text = files.get(path);
  if (text === undefined) {
    const users = [...cited].filter(([, ids]) => [...ids].some((id) => id.startsWith(`${standard}-`)));
    return users.map(([user]) => ({ path: user, why: `cites ${standard}, whose list ${path} is missing` }));
  }
  const rows = rowsOf(text);
  const known = idsOf(standard);
  const violations: Violation[] = [];
  const seen = new Set<string>();
  for (const { id, proof, line } of rows) {
    if (!known.includes(id)) violations.push({ path, line, why: `${id} is no statement of ${standard}` });
    if (seen.has(id)) violations.push({ path, line, why: `${id} has a row already` });
    seen.add(id);
    const why = wrongProof(files, cited, id, proof);
    if (why !== undefined) violations.push({ path, line, why });
  }
  const missing = known.filter((id) => !seen.has(id));
  if (missing.length > 0) violations.push({ path, why: `${missing.join(', ')}: no row` });
  return violations;
}

function rowsOf(text: string): readonly Row[] {
  return text.split('\n').flatMap((words, index) => {
    const found = row.exec(words);
    return found ? [{ id: found[1]!, proof: found[3]!.trim(), line: index + 1 }] : [];
  });
}

function wrongProof(
  files: Files,
  cited: ReadonlyMap<string, ReadonlySet<string>>,
  id: string,
  proof: string,
): string | undefined {
  if (/^n\/a: \S/.test(proof)) return undefined;
  if (proof === 'client') {
    const [path] = [...cited].find(([path, ids]) => isTest(path) && ids.has(id)) ?? [];
    return path === undefined ? undefined : `${id} is said to be a client’s, but ${path} tests it`;
  }
  const names = [...proof.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
  if (names.length === 0) return `${id}: "${proof}" names no test, and is neither \`client\` nor \`n/a: why\``;
  for (const name of names) {
    const path = [name, `${home}/${name}`].find((path) => files.has(path));
    if (path === undefined || !isTest(path)) return `${id}: there is no test ${name}`;
    if (!cited.get(path)?.has(id)) return `${id}: ${name} does not cite it`;
  }
  return undefined;
}

/** The ids that each file of code cites; tidy's own tests plant some that do not exist. */
function citations(files: Files): ReadonlyMap<string, ReadonlySet<string>> {
  const cited = new Map<string, ReadonlySet<string>>();
  for (const [path, text] of files) {
    if (!isCode(path) || path.startsWith('tools/tidy/')) continue;
    const ids = [...text.matchAll(citation)].map((match) => match[1]!);
    if (ids.length > 0) cited.set(path, new Set(ids));
  }
  return cited;
}

function unknown(
  cited: ReadonlyMap<string, ReadonlySet<string>>,
  standards: readonly Standard[],
): readonly Violation[] {
  const known = new Set(standards.flatMap(idsOf));
  return [...cited].flatMap(([path, ids]) =>
    [...ids].filter((id) => !known.has(id)).map((id) => ({ path, why: `${id} is no statement of its standard` })),
  );
}
