import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ConfigRow, ConfigSchema, FaultTable, MetricTable } from '@selvedge/kernel';
import { configRows } from '@selvedge/kernel';
import type { Verb } from '../../cli/src/verb.ts';
import { repositoryFiles } from '../repository.ts';

/** A table and the part of the house that owns it, such as `edge` or `journal`. */
export interface Owned<Table> {
  readonly part: string;
  readonly table: Table;
}

export interface CommandLine {
  readonly verbs: readonly Verb[];
  readonly help: (verb: Verb) => string;
}

export interface OwnedConfig extends Owned<readonly ConfigRow[]> {
  /** Whether the part is a process, which reads its settings from the environment too. */
  readonly fromEnvironment: boolean;
}

export interface CodeTables {
  readonly faults: readonly Owned<FaultTable>[];
  readonly metrics: readonly Owned<MetricTable>[];
  readonly configs: readonly OwnedConfig[];
  readonly commandLine: CommandLine | undefined;
}

type Exports = readonly (readonly [string, unknown])[];

/** Imports every faults.ts, metrics.ts and config.ts of the product and takes from their exports what is such a table. */
export async function readTables(dir: string): Promise<CodeTables> {
  const product = repositoryFiles(dir).filter((path) =>
    /^(packages\/[^/]+|device|edge|cloud|cli|console)\//.test(path),
  );
  const tablesIn = async (name: string): Promise<readonly Owned<Exports>[]> => {
    const paths = product.filter((path) => path.endsWith(`/${name}`) && !path.includes('/verbs/'));
    return Promise.all(
      paths.map(async (path) => ({ part: partOf(path), table: Object.entries(await load(join(dir, path))) })),
    );
  };
  return {
    faults: (await tablesIn('faults.ts')).flatMap(({ part, table }) =>
      table.flatMap(([, value]) => own(part, faultTable(value))),
    ),
    metrics: (await tablesIn('metrics.ts')).flatMap(({ part, table }) =>
      table.flatMap(([, value]) => own(part, isMetricTable(value) ? value : undefined)),
    ),
    configs: (await tablesIn('config.ts')).flatMap(({ part, table }) => configsOf(part, table)),
    commandLine: product.includes('cli/src/verbs/index.ts') ? await readCommandLine(dir) : undefined,
  };
}

/** A part that cannot be loaded has no reference, so nothing is written. */
async function load(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(pathToFileURL(path).href);
  } catch (cause) {
    throw new Error(`${path} cannot be loaded: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

const partOf = (path: string): string => /^(?:packages\/)?([^/]+)/.exec(path)![1]!;

const own = <Table>(part: string, table: Table | undefined): readonly Owned<Table>[] =>
  table === undefined ? [] : [{ part, table }];

/** What `defineFaults` returns carries its table. */
function faultTable(value: unknown): FaultTable | undefined {
  return typeof value === 'function' && 'table' in value ? (value.table as FaultTable) : undefined;
}

function isMetricTable(value: unknown): value is MetricTable {
  return (
    isRecord(value) &&
    Object.keys(value).length > 0 &&
    Object.values(value).every((row) => isRecord(row) && 'help' in row && 'labels' in row && 'type' in row)
  );
}

/** The schemas of one file; the names in the environment begin with its `…Prefix`, else with SELVEDGE and the part. */
function configsOf(part: string, exports: Exports): readonly OwnedConfig[] {
  const declared = exports.find(([name, value]) => name.endsWith('Prefix') && typeof value === 'string')?.[1];
  const prefix = typeof declared === 'string' ? declared : `SELVEDGE_${part.toUpperCase()}`;
  const fromEnvironment = ['device', 'edge', 'cloud'].includes(part);
  return exports
    .map(([, value]) => value)
    .filter(isConfigSchema)
    .map((schema) => ({ part, fromEnvironment, table: configRows(schema, prefix) }));
}

/** Fields all the way down: a field is what can `read` and tells its `doc`. */
function isConfigSchema(value: unknown): value is ConfigSchema {
  return (
    isRecord(value) &&
    Object.keys(value).length > 0 &&
    Object.values(value).every((node) => isField(node) || isConfigSchema(node))
  );
}

const isField = (value: unknown): boolean =>
  isRecord(value) && typeof value['read'] === 'function' && typeof value['doc'] === 'string';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

async function readCommandLine(dir: string): Promise<CommandLine> {
  const { verbs } = await load(join(dir, 'cli/src/verbs/index.ts'));
  const { verbHelp } = await load(join(dir, 'cli/src/help.ts'));
  return { verbs: verbs as CommandLine['verbs'], help: verbHelp as CommandLine['help'] };
}
