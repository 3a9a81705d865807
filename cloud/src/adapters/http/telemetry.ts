import { type Duration, hours } from '@selvedge/kernel';
import { type MetricStatistics, qualityMarks, type Reading } from '@selvedge/protocol';
import Type from 'typebox';
import { cloudFaults } from '../../faults.ts';
import type { SeriesPoint } from '../../ports.ts';
import type { Api, ApiWorld } from './api-world.ts';
import { knownDevice } from './devices.ts';
import { answers, ById, limitSchema, TimeSchema, ValuesSchema, viewOf, whole } from './schema.ts';

/** A reading as it is stored, and what its quality says in words. */
interface ReadingView extends Reading {
  readonly marks: readonly string[];
}

const ReadingSchema = viewOf<ReadingView>()(
  Type.Object({
    device: Type.String(),
    boot: Type.Optional(Type.Number()),
    seq: Type.Optional(Type.Number()),
    takenAt: TimeSchema,
    receivedAt: TimeSchema,
    values: ValuesSchema,
    quality: Type.Number(),
    marks: Type.Array(Type.String(), {
      description: 'Names of its quality bits; `analyse`: a policy of its node asks for it to be analysed.',
    }),
  }),
);

const PointSchema = viewOf<SeriesPoint>()(
  Type.Object({
    time: Type.Number({ description: 'Beginning of the bucket.' }),
    count: Type.Number(),
    min: Type.Number(),
    max: Type.Number(),
    mean: Type.Number(),
  }),
);

const WindowSchema = viewOf<{ windowFrom: number; windowTo: number; metrics: readonly MetricStatistics[] }>()(
  Type.Object({
    windowFrom: TimeSchema,
    windowTo: TimeSchema,
    metrics: Type.Array(
      Type.Object({
        metric: Type.String(),
        count: Type.Number(),
        mean: Type.Number(),
        min: Type.Number(),
        max: Type.Number(),
        deviation: Type.Number(),
      }),
    ),
  }),
);

const range = { from: Type.Optional(TimeSchema), to: Type.Optional(TimeSchema) };

/** What a device measured. A range that is not given is the last hour. */
export function telemetryRoutes(api: Api, world: ApiWorld): void {
  pointRoutes(api, world);
  summaryRoutes(api, world);
}

function pointRoutes(api: Api, { store, clock }: ApiWorld): void {
  const { registry, telemetry } = store;

  api.get(
    '/v1/devices/:id/readings',
    {
      schema: {
        tags: ['devices'],
        summary: 'Readings with from ≤ takenAt < to, oldest first',
        params: ById,
        querystring: Type.Object({ ...range, limit: limitSchema(10_000) }, whole),
        response: answers({ 200: Type.Object({ readings: Type.Array(ReadingSchema) }) }),
      },
    },
    async ({ params, query }) => {
      await knownDevice(registry, params.id);
      const limit = query.limit ?? 1_000;
      const readings = await telemetry.readings(params.id, { ...rangeOf(query, clock.wall()), limit });
      return { readings: readings.map((one) => ({ ...one, marks: qualityMarks(one.quality) })) };
    },
  );
}

function summaryRoutes(api: Api, { store, clock }: ApiWorld): void {
  const { registry, telemetry } = store;

  api.get(
    '/v1/devices/:id/metrics',
    {
      schema: {
        tags: ['devices'],
        summary: 'Names of the numbers it has sent',
        params: ById,
        response: answers({ 200: Type.Object({ metrics: Type.Array(Type.String()) }) }),
      },
    },
    async ({ params }) => {
      await knownDevice(registry, params.id);
      return { metrics: await telemetry.metrics(params.id) };
    },
  );

  api.get(
    '/v1/devices/:id/series',
    {
      schema: {
        tags: ['devices'],
        summary: 'One metric in at most `points` equal buckets',
        params: ById,
        querystring: Type.Object(
          {
            ...range,
            metric: Type.String({ minLength: 1, maxLength: 64 }),
            points: Type.Optional(Type.Integer({ minimum: 1, maximum: 5_000 })),
          },
          whole,
        ),
        response: answers({ 200: Type.Object({ metric: Type.String(), points: Type.Array(PointSchema) }) }),
      },
    },
    async ({ params, query }) => {
      await knownDevice(registry, params.id);
      const { metric, points = 300 } = query;
      return { metric, points: await telemetry.series(params.id, metric, { ...rangeOf(query, clock.wall()), points }) };
    },
  );

  api.get(
    '/v1/devices/:id/statistics',
    {
      schema: {
        tags: ['devices'],
        summary: 'Windowed statistics from the edge, latest first',
        params: ById,
        querystring: Type.Object({ limit: limitSchema(1_000) }, whole),
        response: answers({ 200: Type.Object({ statistics: Type.Array(WindowSchema) }) }),
      },
    },
    async ({ params, query }) => {
      await knownDevice(registry, params.id);
      return { statistics: await telemetry.statistics(params.id, query.limit ?? 50) };
    },
  );
}

const lengthByDefault: Duration = hours(1);

function rangeOf(query: { from?: number; to?: number }, now: number): { from: number; to: number } {
  // One millisecond more, because the end of a range is not in it.
  const to = query.to ?? now + 1;
  const from = query.from ?? Math.max(0, to - lengthByDefault);
  if (from >= to) {
    const mistakes = [`from: ${from} does not lie before ${to}`];
    throw cloudFaults('API_INVALID', mistakes.join(), { mistakes });
  }
  return { from, to };
}
