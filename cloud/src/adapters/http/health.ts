import Type from 'typebox';
import type { Api, ApiWorld } from './api-world.ts';
import { answers } from './schema.ts';

/** For load balancers and supervisors: no token needed. */
export function healthRoute(api: Api, { software }: ApiWorld): void {
  api.get(
    '/healthz',
    {
      schema: {
        tags: ['operation'],
        summary: 'Whether the cloud answers',
        security: [],
        response: answers({ 200: Type.Object({ status: Type.Literal('ok'), software: Type.String() }) }),
      },
    },
    async () => ({ status: 'ok' as const, software }),
  );
}

/** For Prometheus, with a token. */
export function metricsRoute(api: Api, { metrics }: ApiWorld): void {
  api.get(
    '/metrics',
    {
      schema: {
        tags: ['operation'],
        summary: 'Prometheus text format 0.0.4',
        response: answers({ 200: Type.String() }),
      },
    },
    async (_request, reply) => reply.type('text/plain; version=0.0.4; charset=utf-8').send(metrics.expose()),
  );
}
