import { isCode, isTest, matches, type Rule } from './rule.ts';

type Where = (path: string) => boolean;

interface Ban {
  readonly pattern: RegExp;
  readonly instead: string;
  readonly where: Where;
}

const below = (...folders: readonly string[]): Where => {
  return (path) => folders.some((folder) => path.startsWith(`${folder}/`));
};
const outside = (...allowed: readonly Where[]): Where => {
  return (path) => !allowed.some((where) => where(path));
};

/** Faces and workshops: they live in real time, speak to a person, and ask the environment. */
const workshops = below('cli', 'console', 'bench', 'tools', 'testkit', 'scenarios', 'examples');
const world: Where = (path) => path.endsWith('.world.test.ts');
const entries: Where = (path) => path.endsWith('/main.ts');
/** Tidy has to name what it bans, and its tests plant it. */
const ours: Where = (path) => path.startsWith('tools/tidy');

const realTime = outside(workshops, world, below('packages/kernel/src/adapters/system'));
const everywhere = outside(ours);

/** Every ban with what to write instead. */
const bans: readonly Ban[] = [
  { where: realTime, pattern: /\bDate\.now\b|\bnew Date\(\)/g, instead: 'clock.wall()' },
  { where: realTime, pattern: /\bperformance\.now\b|\bprocess\.hrtime\b/g, instead: 'clock.ticks()' },
  { where: realTime, pattern: /(?<![.\w])set(?:Timeout|Interval)\b/g, instead: 'clock.sleep or every' },
  { where: realTime, pattern: /\bAbortSignal\.timeout\b|['"]node:timers\b/g, instead: 'clock.sleep' },
  { where: realTime, pattern: /(?<![.\w])setImmediate\b/g, instead: 'clock.soon' },
  { where: realTime, pattern: /\bMath\.random\b/g, instead: 'a lent Random' },
  { where: realTime, pattern: /\brandom(?:UUID|Bytes|Int|FillSync)\b|\bgetRandomValues\b/g, instead: 'a lent Entropy' },
  { where: outside(workshops, isTest, entries), pattern: /\bprocess\.env\b/g, instead: 'readConfig in main.ts' },
  { where: outside(workshops, isTest), pattern: /\bconsole\.\w+\(/g, instead: 'the lent Log' },
  { where: everywhere, pattern: /^[ \t]*(?:export |declare |const )*enum \w+/gm, instead: 'a union of texts' },
  { where: everywhere, pattern: /^[ \t]*(?:export |declare )*namespace \w+/gm, instead: 'a module' },
  { where: everywhere, pattern: /\b(?:test|it|describe|suite)\.only\b/g, instead: 'tests that all run' },
  {
    where: everywhere,
    pattern: /\b(?:test|it|describe|suite)\.(?:skip|todo)\b/g,
    instead: 'a test that runs, or none',
  },
];

/** Comments count too. */
const unfinished = /\b(?:TODO|FIXME|XXX|HACK)\b/;

/** Words that have a better one. */
export const banned: Rule = (files) =>
  [...files].flatMap(([path, text]) => {
    if (!isCode(path)) return [];
    const found = bans
      .filter(({ where }) => where(path))
      .flatMap(({ pattern, instead }) => matches(text, pattern).map((found) => ({ ...found, instead })))
      .map(({ line, match, instead }) => ({ path, line, why: `${match[0].trim()}: write ${instead}` }));
    return everywhere(path) ? [...found, ...leftovers(path, text)] : found;
  });

function leftovers(path: string, text: string): ReturnType<Rule> {
  if (!unfinished.test(text)) return [];
  return text.split('\n').flatMap((words, index) => {
    const word = unfinished.exec(words)?.[0];
    return word === undefined ? [] : [{ path, line: index + 1, why: `${word}: finish it, or file an issue` }];
  });
}
