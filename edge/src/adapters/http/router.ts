import type { Handler } from './exchange.ts';
import { matchPath, segmentsOf } from './paths.ts';

export interface HttpRoute {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** As in `Route`. */
  readonly path: string;
  readonly handle: Handler;
}

export interface Found {
  readonly route: HttpRoute;
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Finds routes by method and path; HEAD is answered like GET. A framework as the cloud has would take 12 MiB of an edge
 * node's memory for what these lines do.
 */
export interface Router {
  /** The route, or the methods that the path has: none where nobody knows it. */
  find(method: string, segments: readonly string[]): Found | readonly string[];
}

export function router(routes: readonly HttpRoute[]): Router {
  const compiled = routes.map((route) => ({ route, pattern: segmentsOf(route.path) }));
  return {
    find(method, segments) {
      const wanted = method === 'HEAD' ? 'GET' : method;
      const methods: string[] = [];
      for (const { route, pattern } of compiled) {
        const parameters = matchPath(pattern, segments);
        if (!parameters) continue;
        if (route.method === wanted) return { route, parameters };
        methods.push(...(route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]));
      }
      return [...new Set(methods)];
    },
  };
}
