import type { BridgeState, LinkUse, NodeReport } from '@selvedge/protocol';
import Type from 'typebox';
import { cloudFaults } from '../../faults.ts';
import type { NodeTimeCorrection, NodeView } from '../../ports.ts';
import type { Api, ApiWorld } from './api-world.ts';
import { answers, ById, IntervalSchema, limitSchema, TimeSchema, viewOf } from './schema.ts';

const MonthMembers = {
  month: Type.String({ description: 'Year and month in UTC.' }),
  upBytes: Type.Number(),
  downBytes: Type.Number(),
  cost: Type.Number(),
};

const LinkUseSchema = viewOf<LinkUse>()(
  Type.Object({
    capacityBytesPerSecond: Type.Number(),
    capacityIsMeasured: Type.Boolean(),
    congestion: Type.Number({ description: '0 (free) … 1 (jammed).' }),
    roundTripSeconds: Type.Number(),
    inFlightBytes: Type.Number(),
    windowBytes: Type.Number(),
    classes: Type.Array(
      Type.Object({
        frames: Type.Number(),
        bytes: Type.Number(),
        backlogBytes: Type.Number(),
        waiting: Type.Number(),
        demoted: Type.Number(),
        dropped: Type.Number(),
        refused: Type.Number(),
      }),
      { description: 'By class, the most urgent first.' },
    ),
    devices: Type.Array(Type.Object({ device: Type.String(), records: Type.Number(), bytes: Type.Number() })),
    meter: Type.Object({
      link: Type.String(),
      ...MonthMembers,
      forecastBytes: Type.Number(),
      forecastCost: Type.Number(),
      capBytes: Type.Number({ description: 'Bytes that the month may have; 0 for no cap.' }),
      before: Type.Array(Type.Object(MonthMembers)),
    }),
  }),
);

const BridgeSchema = viewOf<BridgeState>()(
  Type.Object({
    bridge: Type.String(),
    direction: Type.Union([Type.Literal('in'), Type.Literal('out'), Type.Literal('readings')]),
    connected: Type.Boolean(),
    inFlight: Type.Number({ description: 'Messages that the other side has not acknowledged.' }),
    behind: Type.Optional(Type.Number({ description: 'Records of the journal that are not passed yet.' })),
  }),
);

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
    link: Type.Optional(LinkUseSchema),
    bridges: Type.Optional(Type.Array(BridgeSchema, { description: 'Ways of the bridges to other brokers.' })),
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

const TimeCorrectionSchema = viewOf<NodeTimeCorrection>()(
  Type.Object({
    epoch: Type.String(),
    from: Type.Number({ description: 'First journal offset that it speaks of.' }),
    to: Type.Number({ description: 'One past the last.' }),
    by: Type.Union([Type.Number(), Type.Null()], {
      description:
        'Milliseconds to add to the times of readings that are marked as timed in doubt; 0: the clock was right after all, null: nobody knows.',
    }),
    unknown: Type.Optional(
      Type.Union([Type.Literal('restarted'), Type.Literal('too-many-steps')], { description: 'Why nobody knows.' }),
    ),
    at: TimeSchema,
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

  api.get(
    '/v1/nodes/:id/time-corrections',
    {
      schema: {
        tags: ['nodes'],
        summary: 'What the clock of a node had said wrongly, latest first',
        params: ById,
        querystring: Type.Object({ limit: limitSchema(1_000) }),
        response: answers({ 200: Type.Object({ corrections: Type.Array(TimeCorrectionSchema) }) }),
      },
    },
    async ({ params, query }) => ({
      corrections: await store.registry.timeCorrections(params.id, query.limit ?? 100),
    }),
  );
}
