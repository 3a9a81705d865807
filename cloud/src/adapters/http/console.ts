import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { cloudFaults } from '../../faults.ts';
import type { Api } from './api-world.ts';

/**
 * Serves the built console from `dir`. A path that is neither the API's nor a file's is a page of the console, which
 * finds its own way from index.html.
 */
export async function consoleRoutes(api: Api, dir: string): Promise<void> {
  if (dir !== '') {
    await api.register(fastifyStatic, {
      root: dir,
      cacheControl: false,
      setHeaders(reply, path) {
        // Names under assets/ hold a hash of the content, so they never change; all else may with every release.
        reply.header(
          'cache-control',
          /[\\/]assets[\\/]/.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
        );
      },
    });
  }
  api.setNotFoundHandler((request, reply) => {
    if (!isPage(request)) throw cloudFaults('API_NOT_FOUND', `there is no ${request.method} ${pathOf(request)}`);
    if (dir === '') throw cloudFaults('API_CONSOLE_MISSING', 'this cloud serves no console');
    return (reply as FastifyReply).sendFile('index.html');
  });
}

/** Whether a person's browser may be looking for a page: a path of no API, and of none of the console's own files. */
const isPage = (request: FastifyRequest): boolean =>
  (request.method === 'GET' || request.method === 'HEAD') &&
  !/^\/(v1|healthz|metrics|openapi\.json)(\/|$)/.test(pathOf(request)) &&
  !/^\/assets\//.test(pathOf(request)) &&
  !/^\/[^/]*\.[^/]*$/.test(pathOf(request));

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0]!;
