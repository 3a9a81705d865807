import type { Method } from '../codes.ts';
import type { Handler, Resource } from '../resource.ts';

/** Finds the resource of a path: an exact segment before `*`, and `*` before `**`. */
export interface Routes {
  find(path: readonly string[]): Resource | undefined;
  readonly all: readonly Resource[];
}

interface Node {
  readonly exact: Map<string, Node>;
  any: Node | undefined;
  rest: Resource | undefined;
  resource: Resource | undefined;
}

/** Throws a TypeError for two resources of the same path, and for a `**` that is not the last segment. */
export function routes(resources: readonly Resource[]): Routes {
  const root = node();
  for (const resource of resources) add(root, resource, segmentsOf(resource.path));
  return { find: (path) => find(root, path, 0), all: resources };
}

/** `/a/b` and `a/b` are the same path. */
export const segmentsOf = (path: string): readonly string[] => path.split('/').filter((segment) => segment !== '');

const handlerNames = {
  GET: 'get',
  POST: 'post',
  PUT: 'put',
  DELETE: 'delete',
  FETCH: 'fetch',
  PATCH: 'patch',
  IPATCH: 'ipatch',
} as const;

export const handlerOf = (resource: Resource, method: Method): Handler | undefined => resource[handlerNames[method]];

const node = (): Node => ({ exact: new Map(), any: undefined, rest: undefined, resource: undefined });

function add(root: Node, resource: Resource, path: readonly string[]): void {
  let at = root;
  for (const [index, segment] of path.entries()) {
    if (segment === '**') {
      if (index !== path.length - 1) throw new TypeError(`${resource.path}: ** is the last segment`);
      if (at.rest) throw new TypeError(`${resource.path} is there twice`);
      at.rest = resource;
      return;
    }
    const next = segment === '*' ? (at.any ?? node()) : (at.exact.get(segment) ?? node());
    if (segment === '*') at.any = next;
    else at.exact.set(segment, next);
    at = next;
  }
  if (at.resource) throw new TypeError(`${resource.path} is there twice`);
  at.resource = resource;
}

function find(at: Node, path: readonly string[], index: number): Resource | undefined {
  if (index === path.length) return at.resource ?? at.rest;
  const exact = at.exact.get(path[index]!);
  return (exact && find(exact, path, index + 1)) ?? (at.any && find(at.any, path, index + 1)) ?? at.rest;
}
