import type { Choice } from '@selvedge/protocol';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { changedFrame } from '../../engines/twin/sync.ts';
import { cloudFaults } from '../../faults.ts';
import type { TwinConflictView, TwinEventView, TwinView, TwinWish } from '../../ports.ts';
import type { Api, ApiWorld } from './api-world.ts';
import { answers, ById, IdSchema, limitSchema, TimeSchema, ValueSchema, viewOf, whole } from './schema.ts';

const TwinValueSchema = Type.Union([ValueSchema, Type.Array(ValueSchema)]);
const MaybeSchema = Type.Union([TwinValueSchema, Type.Null()]);
const FieldsSchema = Type.Record(Type.String(), TwinValueSchema);
const PolicySchema = Type.Union([
  Type.Literal('latest'),
  Type.Literal('edge'),
  Type.Literal('cloud'),
  Type.Literal('min'),
  Type.Literal('max'),
  Type.Literal('union'),
  Type.Literal('manual'),
]);

const WriteSchema = Type.Object({
  replica: Type.String({ description: '`cloud`, or node and epoch of a journal.' }),
  side: Type.Union([Type.Literal('edge'), Type.Literal('cloud')]),
  value: MaybeSchema,
  by: Type.String(),
  at: TimeSchema,
});

const ConflictSchema = viewOf<TwinConflictView>()(
  Type.Object({
    id: Type.String(),
    device: Type.String(),
    path: Type.String(),
    policy: PolicySchema,
    parked: Type.Boolean({ description: 'It waits for a person.' }),
    says: MaybeSchema,
    writes: Type.Array(WriteSchema),
  }),
);

const TwinSchema = viewOf<TwinView>()(
  Type.Object({
    device: Type.String(),
    node: Type.String(),
    version: Type.String({ description: 'For `If-Match`.' }),
    desired: FieldsSchema,
    reported: FieldsSchema,
    tags: FieldsSchema,
    policy: Type.Record(Type.String(), PolicySchema),
    pending: Type.Array(Type.String(), { description: 'Paths that the node has not confirmed.' }),
    conflicts: Type.Array(ConflictSchema),
  }),
);

const EventSchema = viewOf<TwinEventView>()(
  Type.Object({
    sequence: Type.Integer(),
    id: Type.String(),
    kind: Type.Union([Type.Literal('edit'), Type.Literal('conflict'), Type.Literal('clamp')]),
    path: Type.String(),
    at: TimeSchema,
    writes: Type.Array(WriteSchema),
    before: MaybeSchema,
    after: MaybeSchema,
    policy: Type.Union([PolicySchema, Type.Null()]),
    parked: Type.Boolean(),
    about: Type.Union([Type.String(), Type.Null()], { description: 'The event that it resolves or takes back.' }),
  }),
);

const PatchSchema = Type.Object(
  {
    desired: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    tags: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    policy: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  { ...whole, description: 'After RFC 7396: null deletes, an object stands for the names below it.' },
);

const ChoiceSchema = Type.Object(
  {
    take: Type.Optional(Type.String({ maxLength: 160, description: '`edge`, `cloud` or the replica that wrote.' })),
    value: Type.Optional(TwinValueSchema),
  },
  whole,
);

const EventPath = Type.Object({ id: IdSchema, event: IdSchema });

/** What devices should do and what they say of themselves, field by field, and how it came to be. */
export function twinRoutes(api: Api, { store, links, clock }: ApiWorld): void {
  /** Performs a wish and tells the node; the answer is the twin. */
  const perform = async (device: string, wish: TwinWish, by: string, reply: FastifyReply): Promise<TwinView> => {
    const done = await store.twins.wish(device, wish, { by: `operator:${by}`, now: clock.wall() });
    if (done.kind === 'refused') throw cloudFaults(done.code, done.why, { device });
    if (done.hasChanged) links.sendTwin(done.view.node, changedFrame(done.part));
    reply.header('etag', `"${done.view.version}"`);
    return done.view;
  };

  api.get(
    '/v1/devices/:id/twin',
    {
      schema: {
        tags: ['twins'],
        summary: 'The twin of a device, now or as it was known at a moment',
        params: ById,
        querystring: Type.Object({ at: Type.Optional(TimeSchema) }, whole),
        response: answers({ 200: TwinSchema }),
      },
    },
    async ({ params: { id }, query: { at } }, reply) => {
      const twin = at === undefined ? await store.twins.find(id) : await store.twins.at(id, at);
      if (twin === 'past')
        throw cloudFaults('TWIN_MOMENT_PAST', `what the twin of ${id} was at ${at} is not kept any more`, { at });
      if (!twin) throw cloudFaults('DEVICE_UNKNOWN', `there is no device ${id}`, { device: id });
      if (at === undefined) reply.header('etag', `"${twin.version}"`);
      return twin;
    },
  );

  api.patch(
    '/v1/devices/:id/twin',
    {
      schema: {
        tags: ['twins'],
        summary: 'Edit desired values, tags and policies; with If-Match only the version that was read',
        params: ById,
        body: PatchSchema,
        response: answers({ 200: TwinSchema }),
      },
    },
    async ({ params, body, headers, operator }, reply) => {
      const expected = versionIn(headers['if-match']);
      const wish: TwinWish = { kind: 'patch', sections: body, ...(expected === undefined ? {} : { expected }) };
      return perform(params.id, wish, operator!.name, reply);
    },
  );

  api.get(
    '/v1/devices/:id/twin/history',
    {
      schema: {
        tags: ['twins'],
        summary: 'What happened to the twin, latest first',
        params: ById,
        querystring: Type.Object(
          { before: Type.Optional(Type.Integer({ minimum: 1 })), limit: limitSchema(1_000) },
          whole,
        ),
        response: answers({ 200: Type.Object({ events: Type.Array(EventSchema) }) }),
      },
    },
    async ({ params, query }) => ({
      events: await store.twins.history(params.id, { ...query, limit: query.limit ?? 100 }),
    }),
  );

  api.get(
    '/v1/twin-conflicts',
    {
      schema: {
        tags: ['twins'],
        summary: 'Edits that crossed and that nobody has written over since',
        querystring: Type.Object({ device: Type.Optional(IdSchema), limit: limitSchema(1_000) }, whole),
        response: answers({ 200: Type.Object({ conflicts: Type.Array(ConflictSchema) }) }),
      },
    },
    async ({ query }) => ({ conflicts: await store.twins.conflicts({ ...query, limit: query.limit ?? 100 }) }),
  );

  api.post(
    '/v1/devices/:id/twin/events/:event/resolve',
    {
      schema: {
        tags: ['twins'],
        summary: 'Settle a conflict: by the value of one side, or by another',
        params: EventPath,
        body: ChoiceSchema,
        response: answers({ 200: TwinSchema }),
      },
    },
    async ({ params: { id, event }, body, operator }, reply) =>
      perform(id, { kind: 'resolve', event, choice: choiceIn(body) }, operator!.name, reply),
  );

  api.post(
    '/v1/devices/:id/twin/events/:event/undo',
    {
      schema: {
        tags: ['twins'],
        summary: 'Take an event back by a new edit',
        params: EventPath,
        response: answers({ 200: TwinSchema }),
      },
    },
    async ({ params: { id, event }, operator }, reply) => perform(id, { kind: 'undo', event }, operator!.name, reply),
  );
}

/** RFC 9110, section 13.1.1; `*` is any version. */
function versionIn(header: string | undefined): string | undefined {
  const text = header?.trim() ?? '*';
  return text === '*' ? undefined : text.replace(/^"(.*)"$/, '$1');
}

function choiceIn({ take, value }: { readonly take?: string; readonly value?: TwinValueIn }): Choice {
  if ((take === undefined) === (value === undefined))
    throw cloudFaults('API_INVALID', 'the body needs either take or value', { mistakes: ['take or value: give one'] });
  return take === undefined ? { value: value! } : { take };
}

type TwinValueIn = Extract<Choice, { value: unknown }>['value'];
