import { posix } from 'node:path';
import { isCode, type Rule } from './rule.ts';

/** Names of drawers, not of things. */
const drawers = /^(?:utils?|helpers?|common|misc|types?|shared|stuff)$/;
const kebab = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+)*$/;
const linesMax = 400;

/** A file has the name of its main export in kebab-case, and is small. */
export const names: Rule = (files) =>
  [...files].flatMap(([path, text]) => {
    if (!isCode(path)) return [];
    const parts = path.split('/');
    const drawer = parts.find((part) => drawers.test(part.split('.')[0]!));
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    return [
      ...(drawer === undefined ? [] : [{ path, why: `"${drawer}" says nothing: name it by its noun` }]),
      ...(kebab.test(posix.basename(path)) ? [] : [{ path, why: 'a file name is kebab-case' }]),
      ...(lines <= linesMax ? [] : [{ path, why: `${lines} lines, ${linesMax} are allowed: which two nouns is it?` }]),
    ];
  });
