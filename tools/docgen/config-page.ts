import type { ConfigRow } from '@selvedge/kernel';
import { page } from './page.ts';
import type { OwnedConfig } from './read-tables.ts';

/** Longer defaults get lines of their own. */
const inlineMax = 60;

/** One page for each part that has settings. */
export const configPages = (configs: readonly OwnedConfig[]): readonly (readonly [string, string])[] =>
  [...new Set(configs.map(({ part }) => part))].map((part) => [
    `config-${part}.md`,
    page(
      `Settings: ${part}`,
      'Every setting in its order: the name as in the configuration file, its kind, its default.',
      configs
        .filter((config) => config.part === part)
        .flatMap(({ table, fromEnvironment }) => table.map((row) => setting(row, fromEnvironment)))
        .join(''),
    ),
  ]);

function setting({ name, kind, variable, doc, fallback }: ConfigRow, fromEnvironment: boolean): string {
  const environment = fromEnvironment ? `- Environment: \`${variable}\`\n` : '';
  return `\n## \`${name}\`\n\n${doc}\n\n- Kind: ${kind}\n${environment}${byDefault(fallback)}`;
}

function byDefault(fallback: string | undefined): string {
  if (fallback === undefined) return '- Default: none, must be given\n';
  if (fallback === '') return '- Default: empty\n';
  if (fallback.length <= inlineMax) return `- Default: \`${fallback}\`\n`;
  return `- Default:\n\n  \`\`\`json\n${pretty(fallback).replace(/^/gm, '  ')}\n  \`\`\`\n`;
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}
