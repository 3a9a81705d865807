import type { Rule } from './rule.ts';

/** Paths that exist on one machine only. */
const machinePath = /(?:^|[\s'"`(=])(\/(?:work|root|farm)\/[\w.]|\/home\/\w+\/|\/Users\/\w+\/)/;
const textual = /\.(?:ts|tsx|mjs|md|json|ya?ml|sh|css|html|toml|service)$|(?:^|\/)run$/;

/** Nothing names the machine it was written on. */
export const machine: Rule = (files) =>
  [...files].flatMap(([path, text]) => {
    if (
      !textual.test(path) ||
      path === 'package-lock.json' ||
      path.startsWith('tools/tidy') ||
      !/\/(?:work|root|farm|home|Users)\//.test(text)
    )
      return [];
    return text.split('\n').flatMap((line, index) => {
      const found = machinePath.exec(line)?.[1];
      return found === undefined ? [] : [{ path, line: index + 1, why: `${found}… is a path of one machine` }];
    });
  });
