import type { NodeReport } from '@selvedge/protocol';
import Type from 'typebox';
import { cloudFaults } from '../../faults.ts';
import type { NodeView } from '../../ports.ts';
import type { Api, ApiWorld } from './api-world.ts';
import { answers, ById, IntervalSchema, TimeSchema, viewOf } from './schema.ts';

const NodeReportSchema = viewOf<NodeReport>()(
  Type.Object({
    time: TimeSchema,
    startedAt: TimeSchema,
    mode: Type.Union([Type.Literal('online'), Type.Literal('offline')]),
    clients: Type.Number(),
    devices: Type.Number(),
    readingsTotal: Type.Number(),
    quarantinedTotal: Type.Number(),
    refusedTotal: Type.Number(),
    unmappedTotal: Type.Number(),
    journal: Type.Object({
      sizeBytes: Type.Number(),
      firstOffset: Type.Number(),
      headOffset: Type.Number(),
      pending: Type.Number({ description: 'Records that the cloud does not have yet.' }),
      expired: Type.Number({ description: 'Records that left before the cloud had them.' }),
    }),
    memoryBytes: Type.Number(),
  }),
);

const NodeSchema = viewOf<NodeView>()(
  Type.Object({
    id: Type.String(),
    epoch: Type.String({ description: 'Life of its journal; new for a new disk.' }),
    online: Type.Boolean({ description: 'Its link is up now.' }),
    firstSeen: TimeSchema,
    lastSeen: TimeSchema,
    acknowledged: Type.Array(IntervalSchema, {
      description: 'Half-open ranges of journal offsets that the cloud has.',
    }),
    report: Type.Union([NodeReportSchema, Type.Null()]),
  }),
);

/** Edge nodes. */
export function nodeRoutes(api: Api, { store }: ApiWorld): void {
  api.get(
    '/v1/nodes',
    {
      schema: {
        tags: ['nodes'],
        summary: 'All nodes',
        response: answers({ 200: Type.Object({ nodes: Type.Array(NodeSchema) }) }),
      },
    },
    async () => ({ nodes: await store.registry.nodes() }),
  );

  api.get(
    '/v1/nodes/:id',
    { schema: { tags: ['nodes'], summary: 'One node', params: ById, response: answers({ 200: NodeSchema }) } },
    async ({ params }) => {
      const node = await store.registry.node(params.id);
      if (!node) throw cloudFaults('NODE_UNKNOWN', `there is no node ${params.id}`, { node: params.id });
      return node;
    },
  );
}
