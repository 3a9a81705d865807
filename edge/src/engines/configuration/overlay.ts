import {
  type Config,
  type ConfigSchema,
  type ConfigSources,
  envName,
  isFault,
  isField,
  readConfig,
} from '@selvedge/kernel';
import type { Settings } from '@selvedge/protocol';

/**
 * The configuration that settings of the cloud make of the machine's own. They win over file, environment and command
 * line, because there is one authority; what they do not name stays as the machine says.
 */
export function readOverlay<const Schema extends ConfigSchema>(
  schema: Schema,
  sources: ConfigSources,
  settings: Settings,
): { readonly config: Config<Schema> | undefined; readonly mistakes: readonly string[] } {
  const named = namesIn(schema, settings);
  const flags = without(
    sources.flags ?? {},
    named.map((path) => path.join('.')),
  );
  const env = without(
    sources.env,
    named.map((path) => envName(sources.prefix, path)),
  );
  try {
    const file = merged(schema, sources.file ?? {}, settings);
    return { config: readConfig(schema, { prefix: sources.prefix, env, file, flags }), mistakes: [] };
  } catch (cause) {
    if (!isFault(cause, 'CONFIG_INVALID')) throw cause;
    return { config: undefined, mistakes: cause.facts['mistakes'] as readonly string[] };
  }
}

/** The paths of all fields that the settings name. */
function namesIn(
  schema: ConfigSchema,
  settings: unknown,
  path: readonly string[] = [],
): readonly (readonly string[])[] {
  if (!isGroup(settings)) return [];
  return Object.entries(schema).flatMap(([name, node]) => {
    if (!Object.hasOwn(settings, name)) return [];
    return isField(node) ? [[...path, name]] : namesIn(node, settings[name], [...path, name]);
  });
}

/** Groups are joined; a field, and what the schema does not know, is taken as it is. */
function merged(schema: ConfigSchema, below: unknown, above: Settings): unknown {
  if (!isGroup(below)) return below;
  const both = { ...below, ...above };
  for (const [name, node] of Object.entries(schema)) {
    const [under, over] = [below[name], above[name]];
    if (!isField(node) && isGroup(over)) both[name] = merged(node, under ?? {}, over);
  }
  return both;
}

const without = <Value>(all: Readonly<Record<string, Value>>, names: readonly string[]): Record<string, Value> =>
  Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name)));

const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
