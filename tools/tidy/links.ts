import { posix } from 'node:path';
import type { Files, Rule } from './rule.ts';

const link = /!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g;

/** Every link in a page to a file of this repository leads somewhere. */
export const links: Rule = (files) => {
  const folders = foldersOf(files);
  return [...files].flatMap(([path, text]) => {
    if (!path.endsWith('.md')) return [];
    return prose(text).flatMap((line, index) =>
      [...line.matchAll(link)]
        .map(([, target]) => target!)
        .filter((target) => !/^(?:[a-z][a-z0-9+.-]*:|#|\/\/)/i.test(target))
        .filter((target) => !leadsSomewhere(path, target, files, folders))
        .map((target) => ({ path, line: index + 1, why: `the link to ${target} leads nowhere` })),
    );
  });
};

function leadsSomewhere(from: string, target: string, files: Files, folders: ReadonlySet<string>): boolean {
  const bare = decodeURI(target.replace(/[#?].*$/, ''));
  const path = bare.startsWith('/') ? bare.slice(1) : posix.join(posix.dirname(from), bare);
  const place = path.replace(/\/$/, '');
  return files.has(place) || folders.has(place) || place === '.';
}

function foldersOf(files: Files): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const path of files.keys()) {
    for (let dir = posix.dirname(path); dir !== '.' && !folders.has(dir); dir = posix.dirname(dir)) folders.add(dir);
  }
  return folders;
}

/** The lines of a page, empty where they are code. */
function prose(text: string): readonly string[] {
  let fenced = false;
  return text.split('\n').map((line) => {
    const fence = /^\s*(?:```|~~~)/.test(line);
    if (fence) fenced = !fenced;
    return fence || fenced ? '' : line.replace(/`[^`]*`/g, '');
  });
}
