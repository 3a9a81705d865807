import { page } from './page.ts';
import type { CommandLine } from './read-tables.ts';

export const cliPage = ({ verbs, help }: CommandLine): string =>
  page(
    'Command line',
    'Every verb with what `selvedge VERB --help` says.',
    verbs
      .map((verb) => `\n## selvedge ${verb.path.join(' ')}\n\n\`\`\`text\n${help(verb).trimEnd()}\n\`\`\`\n`)
      .join(''),
  );
