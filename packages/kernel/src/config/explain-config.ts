import { type AnyField, type ConfigSchema, envName, isField } from './read-config.ts';

export interface ConfigRow {
  readonly name: string;
  readonly variable: string;
  readonly kind: string;
  /** Absent: the setting must be given. */
  readonly fallback?: string;
  readonly doc: string;
}

/** Every setting of a schema in its order, for manual pages. */
export function configRows(schema: ConfigSchema, prefix: string, path: readonly string[] = []): readonly ConfigRow[] {
  return Object.entries(schema).flatMap(([name, node]) => {
    const here = [...path, name];
    return isField(node) ? [configRow(node, prefix, here)] : configRows(node, prefix, here);
  });
}

function configRow(field: AnyField, prefix: string, path: readonly string[]): ConfigRow {
  const fallback = field.fallback === undefined ? {} : { fallback: field.show(field.fallback) };
  return { name: path.join('.'), variable: envName(prefix, path), kind: field.kind, doc: field.doc, ...fallback };
}

/** The manual page as plain text. */
export function explainConfig(schema: ConfigSchema, prefix: string): string {
  return configRows(schema, prefix)
    .map(
      (row) =>
        `${row.name}\n    ${row.doc}\n    ${row.kind}; default ${row.fallback ?? 'none, must be given'}; ${row.variable}\n`,
    )
    .join('');
}

/** The settings in force, secrets hidden, as `name → text`. */
export function shownConfig(
  schema: ConfigSchema,
  config: unknown,
  path: readonly string[] = [],
): Record<string, string> {
  return Object.assign(
    {},
    ...Object.entries(schema).map(([name, node]) => {
      const here = [...path, name];
      const value = (config as Record<string, unknown>)[name];
      return isField(node) ? { [here.join('.')]: node.show(value) } : shownConfig(node, value, here);
    }),
  );
}
