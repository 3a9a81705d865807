import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Settings } from 'typebox/system';

// The library collects 8 mistakes of a value unless its one setting for the whole process says otherwise. A bound stays,
// because a body could hold thousands.
Settings.Set({ maxErrors: 100 });

/**
 * Checks the parts of a request against their schemas. A body means what it says; a query is text throughout, so its
 * numbers are read first, and only where the text is exactly a number.
 */
export const validate: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const check = Compile(schema);
  const numeric = Object.entries((schema as { properties?: Record<string, { type?: string }> }).properties ?? {})
    .filter(([, { type }]) => type === 'number' || type === 'integer')
    .map(([name]) => name);
  return (given: unknown) => {
    const value = httpPart === 'querystring' ? readNumbers(given as Record<string, unknown>, numeric) : given;
    // biome-ignore lint/suspicious/noExplicitAny: the framework's type for errors lacks members that it passes on unread
    return check.Check(value) ? { value } : { error: check.Errors(value) as any };
  };
};

function readNumbers(query: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  const read = { ...query };
  for (const name of names) {
    const text = read[name];
    if (typeof text === 'string' && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) read[name] = Number(text);
  }
  return read;
}
