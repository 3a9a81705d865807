import { Buffer } from 'node:buffer';
import type { Static } from 'typebox';
import Type from 'typebox';
import { mistakesIn, sagaStepsMax } from '../../engines/saga/plan.ts';
import { cloudFaults } from '../../faults.ts';
import type { SagaAction, SagaEventView, SagaPlan, SagaStepView, SagaView } from '../../ports.ts';
import type { Api, ApiWorld } from './api-world.ts';
import { SettingsSchema } from './configurations.ts';
import {
  answers,
  ById,
  IdSchema,
  limitSchema,
  MaybeTimeSchema,
  TimeSchema,
  ValuesSchema,
  viewOf,
  whole,
} from './schema.ts';

const MaybeText = Type.Union([Type.String(), Type.Null()]);
const ConfigureSchema = Type.Object(
  { kind: Type.Literal('configure'), node: IdSchema, settings: SettingsSchema },
  whole,
);
const CommandMembers = {
  kind: Type.Literal('command'),
  device: IdSchema,
  command: Type.String({ minLength: 1, maxLength: 64 }),
};
const ExpirySchema = Type.Number({ minimum: 1, maximum: 604_800 });
const RestoreSchema = Type.Object({ kind: Type.Literal('restore') }, whole);
const Sections = Type.Record(Type.String(), Type.Unknown());

const OrderSchema = Type.Union([
  ConfigureSchema,
  Type.Object(
    { ...CommandMembers, arguments: Type.Optional(ValuesSchema), expiresInSeconds: Type.Optional(ExpirySchema) },
    whole,
  ),
  Type.Object(
    {
      kind: Type.Literal('twin'),
      device: IdSchema,
      desired: Type.Optional(Sections),
      tags: Type.Optional(Sections),
    },
    whole,
  ),
  RestoreSchema,
]);

const PlanSchema = Type.Object(
  {
    id: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{1,32}$', description: 'Repeating it begins nothing twice.' })),
    name: Type.String({ minLength: 1, maxLength: 128 }),
    steps: Type.Array(
      Type.Object(
        {
          name: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
          do: OrderSchema,
          undo: Type.Optional(OrderSchema),
        },
        whole,
      ),
      { minItems: 1, maxItems: sagaStepsMax },
    ),
    withinSeconds: Type.Optional(Type.Number({ minimum: 1, maximum: 604_800 })),
    retriesMax: Type.Optional(Type.Integer({ minimum: 0, maximum: 20 })),
  },
  whole,
);

const ActionSchema = Type.Union([
  ConfigureSchema,
  Type.Object({ ...CommandMembers, arguments: ValuesSchema, expiresInSeconds: ExpirySchema }),
  Type.Object({ kind: Type.Literal('twin'), device: IdSchema, sections: Sections }),
  RestoreSchema,
]);

const StepSchema = viewOf<SagaStepView>()(
  Type.Object({
    name: Type.String(),
    do: ActionSchema,
    undo: Type.Union([ActionSchema, Type.Null()]),
    phase: Type.Union([
      Type.Literal('waiting'),
      Type.Literal('doing'),
      Type.Literal('done'),
      Type.Literal('failed'),
      Type.Literal('undoing'),
      Type.Literal('undone'),
      Type.Literal('stuck'),
    ]),
    attempt: Type.Integer(),
    isUncertain: Type.Boolean({ description: 'Nobody knows what it did, so it is undone.' }),
    notBefore: TimeSchema,
    why: MaybeText,
    result: Type.Unknown(),
  }),
);

const StatusSchema = Type.Union([
  Type.Literal('running'),
  Type.Literal('done'),
  Type.Literal('undone'),
  Type.Literal('stuck'),
]);

const SagaSchema = viewOf<SagaView>()(
  Type.Object({
    id: Type.String(),
    name: Type.String(),
    by: Type.String(),
    status: StatusSchema,
    direction: Type.Union([Type.Literal('forward'), Type.Literal('back')]),
    why: MaybeText,
    createdAt: TimeSchema,
    endedAt: MaybeTimeSchema,
    deadline: TimeSchema,
    within: Type.Number({ description: 'Milliseconds.' }),
    retriesMax: Type.Integer(),
    revision: Type.Integer(),
    steps: Type.Array(StepSchema),
  }),
);

const EventSchema = viewOf<SagaEventView>()(
  Type.Object({
    sequence: Type.Integer(),
    at: TimeSchema,
    what: Type.String(),
    step: Type.Union([Type.Integer(), Type.Null()]),
    attempt: Type.Union([Type.Integer(), Type.Null()]),
    why: MaybeText,
  }),
);

/** Changes of several steps that are done as a whole, or undone. */
export function sagaRoutes(api: Api, { store, sagas, entropy }: ApiWorld): void {
  const known = (id: string, saga: SagaView | undefined): SagaView => {
    if (!saga) throw cloudFaults('SAGA_UNKNOWN', `there is no saga ${id}`, { saga: id });
    return saga;
  };

  api.post(
    '/v1/sagas',
    {
      schema: {
        tags: ['sagas'],
        summary: 'Begin a change of several steps; what was done is undone when one of them fails',
        body: PlanSchema,
        response: answers({ 202: SagaSchema }),
      },
    },
    async ({ body, operator }, reply) => {
      const plan = planIn(body);
      const mistakes = mistakesIn(plan);
      if (mistakes.length > 0)
        throw cloudFaults('API_INVALID', `the plan cannot be used: ${mistakes.join('; ')}`, { mistakes });
      const id = body.id ?? Buffer.from(entropy.bytes(12)).toString('hex');
      const saga = await sagas.begin(id, plan, `operator:${operator!.name}`);
      if (!saga) throw cloudFaults('SAGAS_FULL', 'too many sagas run');
      return reply.status(202).header('location', `/v1/sagas/${id}`).send(saga);
    },
  );

  api.get(
    '/v1/sagas',
    {
      schema: {
        tags: ['sagas'],
        summary: 'Sagas, latest first',
        querystring: Type.Object({ status: Type.Optional(StatusSchema), limit: limitSchema(1_000) }, whole),
        response: answers({ 200: Type.Object({ sagas: Type.Array(SagaSchema) }) }),
      },
    },
    async ({ query }) => ({ sagas: await store.sagas.list({ ...query, limit: query.limit ?? 100 }) }),
  );

  api.get(
    '/v1/sagas/:id',
    { schema: { tags: ['sagas'], summary: 'One saga', params: ById, response: answers({ 200: SagaSchema }) } },
    async ({ params }) => known(params.id, await store.sagas.find(params.id)),
  );

  api.get(
    '/v1/sagas/:id/history',
    {
      schema: {
        tags: ['sagas'],
        summary: 'What happened in a saga, latest first',
        params: ById,
        querystring: Type.Object({ limit: limitSchema(1_000) }, whole),
        response: answers({ 200: Type.Object({ events: Type.Array(EventSchema) }) }),
      },
    },
    async ({ params, query }) => ({ events: await store.sagas.history(params.id, query.limit ?? 100) }),
  );

  api.post(
    '/v1/sagas/:id/cancel',
    {
      schema: {
        tags: ['sagas'],
        summary: 'Undo what was done; of one that is stuck, try again',
        params: ById,
        response: answers({ 200: SagaSchema }),
      },
    },
    async ({ params }) => known(params.id, await sagas.cancel(params.id)),
  );
}

type Order = Static<typeof OrderSchema>;

function planIn(body: Static<typeof PlanSchema>): SagaPlan {
  const steps = body.steps.map((step, index) => ({
    name: step.name ?? `${index + 1} ${step.do.kind}`,
    do: actionIn(step.do),
    undo: step.undo ? actionIn(step.undo) : null,
  }));
  return { name: body.name, steps, within: (body.withinSeconds ?? 3_600) * 1_000, retriesMax: body.retriesMax ?? 2 };
}

function actionIn(order: Order): SagaAction {
  switch (order.kind) {
    case 'command':
      return { ...order, arguments: order.arguments ?? {}, expiresInSeconds: order.expiresInSeconds ?? 60 };
    case 'twin': {
      const { kind, device, desired, tags } = order;
      return { kind, device, sections: { ...(desired && { desired }), ...(tags && { tags }) } };
    }
    default:
      return order;
  }
}
