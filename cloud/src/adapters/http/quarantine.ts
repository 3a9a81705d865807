import type { Quarantined } from '@selvedge/protocol';
import Type from 'typebox';
import type { Api, ApiWorld } from './api-world.ts';
import { answers, IdSchema, limitSchema, TimeSchema, viewOf, whole } from './schema.ts';

const QuarantinedSchema = viewOf<Quarantined & { readonly node: string }>()(
  Type.Object({
    node: Type.String(),
    source: Type.String(),
    topic: Type.String(),
    receivedAt: TimeSchema,
    reason: Type.String({ description: 'A code such as `payload-not-json`.' }),
    why: Type.String(),
    payload: Type.String({ description: 'Base64, at most the first 1 KiB.' }),
    payloadBytes: Type.Number(),
  }),
);

/** What devices sent that could not become readings. */
export function quarantineRoutes(api: Api, { store }: ApiWorld): void {
  api.get(
    '/v1/quarantine',
    {
      schema: {
        tags: ['quarantine'],
        summary: 'Refused content with its reason, latest first',
        querystring: Type.Object({ device: Type.Optional(IdSchema), limit: limitSchema(1_000) }, whole),
        response: answers({ 200: Type.Object({ quarantined: Type.Array(QuarantinedSchema), total: Type.Integer() }) }),
      },
    },
    async ({ query }) => ({
      quarantined: await store.quarantine.list({ ...query, limit: query.limit ?? 100 }),
      total: await store.quarantine.total(),
    }),
  );
}
