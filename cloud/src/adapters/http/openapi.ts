import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';

/** What the description of the API says besides its routes, whose schemas speak for themselves. */
export const openApi = (software: string): FastifyDynamicSwaggerOptions => ({
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'Selvedge cloud',
      version: software,
      description: 'Every time is in milliseconds since the Unix epoch. Every failure is a problem as of RFC 9457.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'selvedge' },
      },
    },
    security: [{ token: [] }, { cookie: [] }],
  },
});
