import { type Decoded, decoded, undecodable } from '../decoded.ts';

/** Reads `--journal.sizeMax 1GiB` and `--journal.sizeMax=1GiB`; a name without a value counts as `true`. */
export function readFlags(argv: readonly string[]): Decoded<Record<string, string>> {
  const flags: Record<string, string> = {};
  for (let at = 0; at < argv.length; at++) {
    const match = /^--([A-Za-z][A-Za-z0-9.]*)(?:=([\s\S]*))?$/.exec(argv[at]!);
    if (!match) return undecodable(`"${argv[at]}" is not a setting; settings are given as --name value`);
    const next = argv[at + 1];
    if (match[2] !== undefined) flags[match[1]!] = match[2];
    else if (next === undefined || next.startsWith('--')) flags[match[1]!] = 'true';
    else flags[match[1]!] = argv[++at]!;
  }
  return decoded(flags);
}
