import type { Route } from '../../ports.ts';
import { type Json, ownPaths, problem, schemas } from './openapi-paths.ts';

/** The description of the door in OpenAPI 3.1; operations of other parts of the node are listed with their paths. */
export function openApi(software: string, routes: readonly Route[]): Json {
  const paths: Record<string, Json> = { ...ownPaths };
  for (const route of routes)
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Selvedge edge node',
      version: software,
      description: 'Every failure is a problem as of RFC 9457, with a code and a hint.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{}, { token: [] }, { password: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' }, password: { type: 'http', scheme: 'basic' } },
      schemas,
    },
  };
}

const operationOf = ({ path, for: whom }: Route): Json => ({
  tags: ['operations'],
  summary: whom === 'operator' ? 'For the operator' : 'For anybody',
  parameters: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  })),
  responses: { default: problem('Why it was refused, if it was.') },
});
