import { type Import, importsOf } from './imports.ts';
import { isCode, isTest, type Rule, type Violation } from './rule.ts';

/** Who a file is, by its path; the first that matches. What matches none is free: tests, testkit, scenarios, bench, tools, examples. */
const rooms: readonly (readonly [RegExp, Room['name']])[] = [
  [/^(device|edge|cloud)\/src\/main\.ts$/, 'main'],
  [/^(device|edge|cloud)\/src\/(node|plane|sdk|machine|index|join\/[a-z-]+)\.ts$/, 'joinery'],
  [/^(device|edge|cloud)\/src\/(config|options)\.ts$/, 'config'],
  [/^(device|edge|cloud)\/src\/(ports|ports\/[a-z-]+|faults|metrics)\.ts$/, 'ports'],
  [/^(device|edge|cloud)\/src\/engines\/([^/.]+)/, 'engine'],
  [/^(device|edge|cloud)\/src\/adapters\/([^/.]+)/, 'adapter'],
  [/^(device|edge|cloud)\/src\//, 'stray'],
  [/^packages\/([^/]+)\/src\/[^/]+$/, 'package face'],
  [/^packages\/([^/]+)\/src\/adapters\/(?:([^/]+)\/)?/, 'package adapter'],
  [/^packages\/([^/]+)\/src\//, 'package core'],
  [/^(cli)\//, 'cli'],
  [/^(console)\//, 'console'],
];

/**
 * Where each may import from: rooms of its own workspace, and beyond it `packages` (their faces), `pure` ones alone, their
 * `i/o` entries, the machine's `system` clock and chance, `tiers`, `npm`, `node:`, or its `pure node:` modules.
 */
const mayImport: Readonly<Record<Room['name'], readonly string[]>> = {
  main: ['joinery', 'config', 'ports', 'packages', 'i/o', 'system', 'npm', 'node:'],
  joinery: ['joinery', 'config', 'ports', 'engine', 'adapter', 'packages', 'i/o', 'system', 'npm', 'node:'],
  config: ['config', 'ports', 'engine', 'packages', 'pure node:'],
  ports: ['config', 'ports', 'packages', 'pure node:'],
  engine: ['config', 'ports', 'same engine', 'pure', 'pure node:'],
  adapter: ['config', 'ports', 'engine', 'same adapter', 'packages', 'i/o', 'npm', 'node:'],
  stray: [],
  'package face': ['package face', 'package core', 'package adapter', 'packages', 'npm', 'pure node:'],
  'package core': ['package face', 'package core', 'packages', 'npm', 'pure node:'],
  'package adapter': ['package face', 'package core', 'same package adapter', 'packages', 'npm', 'node:'],
  cli: ['cli', 'packages', 'i/o', 'system', 'tiers', 'npm', 'node:'],
  console: ['console', 'pure', 'npm', 'node:'],
};

/** The packages each may build on, besides itself. */
const packagesOf: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  protocol: ['kernel'],
  journal: ['kernel'],
  mqtt: ['kernel', 'journal'],
  coap: ['kernel'],
  stream: ['kernel', 'protocol'],
  trust: ['kernel', 'protocol'],
  model: ['kernel'],
};

/** What an engine may import of the packages: it decides, so these must not act. */
const purePackages = ['kernel', 'protocol', 'stream', 'journal'];
const pureNode = ['buffer', 'crypto', 'events', 'path', 'stream', 'string_decoder', 'url', 'util', 'zlib'];
const tiers = ['device', 'edge', 'cloud'];

interface Room {
  readonly name:
    | 'main'
    | 'joinery'
    | 'config'
    | 'ports'
    | 'engine'
    | 'adapter'
    | 'stray'
    | 'package face'
    | 'package core'
    | 'package adapter'
    | 'cli'
    | 'console';
  /** The workspace's name: a tier, a package, `cli` or `console`. */
  readonly workspace: string;
  /** The noun of an engine, the technology of an adapter. */
  readonly noun: string | undefined;
}

/** Imports go main → joinery → adapters → ports ← engines, and tiers meet only in packages. */
export const layers: Rule = (files) => {
  const violations: Violation[] = [];
  for (const [path, text] of files) {
    const room = isCode(path) && !isTest(path) ? roomOf(path) : undefined;
    if (!room) continue;
    if (room.name === 'stray') {
      violations.push({ path, why: 'a tier has no such room: move it into engines/<noun>/ or adapters/<technology>/' });
      continue;
    }
    for (const one of importsOf(path, text)) {
      const why = verdict(room, one);
      if (why === undefined) continue;
      violations.push({ path, line: one.line, why: `${room.name} may not import ${one.target}: ${why}` });
    }
  }
  return violations;
};

function roomOf(path: string): Room | undefined {
  for (const [pattern, name] of rooms) {
    const match = pattern.exec(path);
    if (match) return { name, workspace: match[1]!, noun: match[2] };
  }
  return undefined;
}

/** Why `room` may not import that, or undefined where it may. */
function verdict(room: Room, { target, local }: Import): string | undefined {
  const may = mayImport[room.name];
  if (local) return verdictOnFile(room, may, target);
  if (target.startsWith('node:')) {
    const pure = may.includes('pure node:') && pureNode.includes(target.slice(5).split('/')[0]!);
    return pure || may.includes('node:') ? undefined : 'what reaches outside the process belongs into an adapter';
  }
  const [, scoped, entry] = /^@selvedge\/([^/]+)(?:\/(.+))?$/.exec(target) ?? [];
  if (scoped !== undefined) return verdictOnOurs(room, may, scoped, entry);
  return may.includes('npm') ? undefined : 'what others wrote belongs into an adapter';
}

function verdictOnOurs(
  room: Room,
  may: readonly string[],
  scoped: string,
  entry: string | undefined,
): string | undefined {
  if (tiers.includes(scoped)) return may.includes('tiers') ? undefined : 'tiers meet only in protocol';
  if (scoped === 'testkit') return 'the testkit is for tests';
  const allowed = room.name.startsWith('package') ? packagesOf[room.workspace] : undefined;
  if (allowed && !allowed.includes(scoped)) return `${room.workspace} may build on [${allowed.join(', ')}]`;
  if (scoped === 'kernel' && entry === 'system')
    return may.includes('system') ? undefined : 'time and chance are lent; take them as parameters';
  if (entry !== undefined) return may.includes('i/o') ? undefined : 'only an adapter or the joinery may act';
  if (may.includes('packages') || (may.includes('pure') && purePackages.includes(scoped))) return undefined;
  return `only these are pure: ${purePackages.join(', ')}`;
}

function verdictOnFile(room: Room, may: readonly string[], path: string): string | undefined {
  if (isTest(path)) return 'it is a test';
  const there = roomOf(path);
  if (there?.workspace !== room.workspace) return 'it lies outside; import it by its package name';
  if (may.includes(there.name)) return undefined;
  if (may.includes(`same ${there.name}`)) {
    // What lies beside the folders of the technologies is theirs together.
    if (there.noun === undefined || room.noun === undefined || there.noun === room.noun) return undefined;
    return `${there.noun} is another one; they meet in the joinery through ports`;
  }
  return `it is ${there.name}`;
}
