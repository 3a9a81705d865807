import type { Rule, Violation } from './rule.ts';

interface Locked {
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const path = 'package-lock.json';

/** The lock file names no registry, so that any mirror serves, and all that `npm ci` will ask for. */
export const lockFile: Rule = (files) => {
  const text = files.get(path);
  if (text === undefined) return [];
  const packages: Readonly<Record<string, Locked>> = JSON.parse(text).packages;
  const violations: Violation[] = [];
  for (const [place, { resolved, link, dependencies, optionalDependencies }] of Object.entries(packages)) {
    if (!link && resolved !== undefined && /^https?:/.test(resolved))
      violations.push({ path, why: `${place} names a registry: ${resolved}` });
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      if (!isLocked(packages, place, name))
        violations.push({
          path,
          why: `${name}, which ${place || 'the root'} asks for, is not locked; npm ci refuses that`,
        });
    }
  }
  return violations;
};

/** Looks for `name` the way Node does: in the node_modules of `place` and of every folder above. */
function isLocked(packages: Readonly<Record<string, Locked>>, place: string, name: string): boolean {
  for (let dir = place; ; dir = dir.slice(0, Math.max(0, dir.lastIndexOf('/')))) {
    if (Object.hasOwn(packages, dir === '' ? `node_modules/${name}` : `${dir}/node_modules/${name}`)) return true;
    if (dir === '') return false;
  }
}
