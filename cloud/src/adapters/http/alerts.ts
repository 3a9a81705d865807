import Type from 'typebox';
import { cloudFaults } from '../../faults.ts';
import type { AlertView } from '../../ports.ts';
import type { Api, ApiWorld } from './api-world.ts';
import {
  answers,
  ById,
  IdSchema,
  limitSchema,
  MaybeTimeSchema,
  SeveritySchema,
  TimeSchema,
  ValuesSchema,
  viewOf,
  whole,
} from './schema.ts';

const StateSchema = Type.Union([Type.Literal('active'), Type.Literal('acknowledged'), Type.Literal('cleared')]);

const AlertSchema = viewOf<AlertView>()(
  Type.Object({
    id: Type.String(),
    node: Type.String(),
    device: Type.String(),
    rule: Type.String(),
    type: Type.String(),
    severity: SeveritySchema,
    metric: Type.String(),
    value: Type.Number(),
    score: Type.Union([Type.Number(), Type.Null()]),
    message: Type.String(),
    state: StateSchema,
    count: Type.Number({ description: 'How often it occurred since it was raised.' }),
    raisedAt: TimeSchema,
    lastAt: TimeSchema,
    acknowledgedAt: MaybeTimeSchema,
    acknowledgedBy: Type.Union([Type.String(), Type.Null()]),
    clearedAt: MaybeTimeSchema,
    data: ValuesSchema,
  }),
);

/** What rules found wrong, and what operators did about it. */
export function alertRoutes(api: Api, { store, clock }: ApiWorld): void {
  api.get(
    '/v1/alerts',
    {
      schema: {
        tags: ['alerts'],
        summary: 'Alerts, latest first',
        querystring: Type.Object(
          { state: Type.Optional(StateSchema), device: Type.Optional(IdSchema), limit: limitSchema(1_000) },
          whole,
        ),
        response: answers({ 200: Type.Object({ alerts: Type.Array(AlertSchema) }) }),
      },
    },
    async ({ query }) => ({ alerts: await store.alerts.list({ ...query, limit: query.limit ?? 100 }) }),
  );

  api.get(
    '/v1/alerts/:id',
    { schema: { tags: ['alerts'], summary: 'One alert', params: ById, response: answers({ 200: AlertSchema }) } },
    async ({ params }) => known(params.id, await store.alerts.find(params.id)),
  );

  api.post(
    '/v1/alerts/:id/acknowledge',
    {
      schema: {
        tags: ['alerts'],
        summary: 'Say that somebody looks after it',
        params: ById,
        response: answers({ 200: AlertSchema }),
      },
    },
    async ({ params, operator }) =>
      known(params.id, await store.alerts.acknowledge(params.id, operator!.name, clock.wall())),
  );

  api.post(
    '/v1/alerts/:id/clear',
    {
      schema: {
        tags: ['alerts'],
        summary: 'Say that it is over',
        params: ById,
        response: answers({ 200: AlertSchema }),
      },
    },
    async ({ params, operator }) => known(params.id, await store.alerts.clear(params.id, operator!.name, clock.wall())),
  );
}

function known(id: string, alert: AlertView | undefined): AlertView {
  if (!alert) throw cloudFaults('ALERT_UNKNOWN', `there is no alert ${id}`, { alert: id });
  return alert;
}
