import { configFaults } from './faults.ts';
import type { Field } from './fields.ts';

// biome-ignore lint/suspicious/noExplicitAny: a schema holds fields of every value type; `Config` recovers each one
export type AnyField = Field<any>;
export interface ConfigSchema {
  readonly [name: string]: AnyField | ConfigSchema;
}

export type Config<Schema extends ConfigSchema> = {
  readonly [Name in keyof Schema]: Schema[Name] extends Field<infer Value>
    ? Value
    : Schema[Name] extends ConfigSchema
      ? Config<Schema[Name]>
      : never;
};

export interface ConfigSources {
  /** First part of every environment name, such as `EDGE`. */
  readonly prefix: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The parsed configuration file, if there is one. */
  readonly file?: unknown;
  /** What the command line said, as `journal.sizeMax → text`. */
  readonly flags?: Readonly<Record<string, string>>;
}

export const isField = (node: AnyField | ConfigSchema): node is AnyField => typeof node.read === 'function';

/** `journal.sizeMax` under prefix `EDGE` is `EDGE_JOURNAL_SIZE_MAX`. */
export const envName = (prefix: string, path: readonly string[]): string =>
  [prefix, ...path.map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter}`))].join('_').toUpperCase();

/**
 * Reads every setting: flag, else environment, else file, else default. Reports all mistakes at once as
 * `CONFIG_INVALID`, among them names that the schema does not know; a secret's value never appears.
 */
export function readConfig<const Schema extends ConfigSchema>(schema: Schema, sources: ConfigSources): Config<Schema> {
  const mistakes: string[] = [];
  const flagsLeft = new Set(Object.keys(sources.flags ?? {}));
  const namesKnown = new Set<string>();

  const readNode = (node: ConfigSchema, path: readonly string[], file: unknown): Record<string, unknown> => {
    const given = isGroup(file) ? file : {};
    // What stands there instead of a group is not shown: it may be a secret in the wrong place.
    if (file !== undefined && !isGroup(file))
      mistakes.push(`${path.join('.') || 'the file'}: must be a group of settings`);
    for (const name of Object.keys(given)) {
      if (!Object.hasOwn(node, name)) mistakes.push(`${[...path, name].join('.')}: no such setting`);
    }
    return Object.fromEntries(
      Object.entries(node).map(([name, child]) => {
        const raw = Object.hasOwn(given, name) ? given[name] : undefined;
        return [name, isField(child) ? readField(child, [...path, name], raw) : readNode(child, [...path, name], raw)];
      }),
    );
  };

  const readField = (field: AnyField, path: readonly string[], fromFile: unknown): unknown => {
    const name = path.join('.');
    const variable = envName(sources.prefix, path);
    flagsLeft.delete(name);
    namesKnown.add(variable);
    const raw = sources.flags?.[name] ?? sources.env[variable] ?? fromFile;
    if (raw === undefined) {
      if (field.fallback === undefined) mistakes.push(`${name} (${variable}): must be given. ${field.doc}`);
      return field.fallback;
    }
    const result = field.read(raw);
    if (result.ok) return result.value;
    mistakes.push(`${name} (${variable}): ${field.secret ? `not a valid ${field.kind}` : result.why}`);
    return undefined;
  };

  const config = readNode(schema, [], sources.file);
  for (const name of flagsLeft) mistakes.push(`${name}: no such setting`);
  for (const name of Object.keys(sources.env)) {
    if (name.startsWith(`${sources.prefix}_`) && !namesKnown.has(name)) mistakes.push(`${name}: no such setting`);
  }
  if (mistakes.length > 0) {
    throw configFaults(
      'CONFIG_INVALID',
      `${mistakes.length} ${mistakes.length === 1 ? 'setting' : 'settings'} cannot be used:\n${mistakes.map((line) => `  ${line}`).join('\n')}`,
      { mistakes },
    );
  }
  return config as Config<Schema>;
}

const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
