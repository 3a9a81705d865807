import type { Settings } from '@selvedge/protocol';
import { readSettings } from '@selvedge/protocol';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { cloudFaults } from '../../faults.ts';
import type { ConfigurationVersionView, ConfigurationView } from '../../ports.ts';
import type { Api, ApiWorld } from './api-world.ts';
import { answers, ById, IdSchema, limitSchema, MaybeTimeSchema, TimeSchema, viewOf, whole } from './schema.ts';

export const SettingsSchema = Type.Record(Type.String(), Type.Unknown(), {
  description:
    'Settings of an edge node by group, as its configuration file says them; what is not named stays as the machine says.',
});
const MaybeText = Type.Union([Type.String(), Type.Null()]);
const MaybeSettings = Type.Union([SettingsSchema, Type.Null()]);
const PhaseSchema = Type.Union([
  Type.Literal('proposed'),
  Type.Literal('superseded'),
  Type.Literal('prepared'),
  Type.Literal('applied'),
  Type.Literal('confirmed'),
  Type.Literal('refused'),
  Type.Literal('returned'),
]);
const NameMembers = { version: Type.Integer(), digest: Type.String({ description: 'Of the content.' }) };

const VersionSchema = viewOf<ConfigurationVersionView>()(
  Type.Object({
    node: Type.String(),
    ...NameMembers,
    phase: PhaseSchema,
    why: MaybeText,
    by: Type.String(),
    about: MaybeText,
    proposedAt: TimeSchema,
    preparedAt: MaybeTimeSchema,
    appliedAt: MaybeTimeSchema,
    endedAt: MaybeTimeSchema,
    settings: MaybeSettings,
  }),
);

const ConfigurationSchema = viewOf<ConfigurationView>()(
  Type.Object({
    node: Type.String(),
    version: Type.Integer({ description: 'For `If-Match`.' }),
    latest: Type.Union([VersionSchema, Type.Null()]),
    good: Type.Union([Type.Object({ ...NameMembers, settings: MaybeSettings }), Type.Null()], {
      description: 'What the node said last that it has confirmed; version 0 is what the machine itself says.',
    }),
    heardAt: MaybeTimeSchema,
  }),
);

const VersionPath = Type.Object({ id: IdSchema, version: Type.String({ pattern: '^[1-9][0-9]{0,15}$' }) });

/** What nodes are configured with: proposed here, tried there, confirmed or returned. */
export function configurationRoutes(api: Api, { store, links, clock }: ApiWorld): void {
  const shown = (node: string, view: ConfigurationView | undefined, reply: FastifyReply): ConfigurationView => {
    if (!view) throw cloudFaults('NODE_UNKNOWN', `there is no node ${node}`, { node });
    reply.header('etag', `"${view.version}"`);
    return view;
  };

  api.get(
    '/v1/nodes/:id/configuration',
    {
      schema: {
        tags: ['configurations'],
        summary: 'What a node is configured with, and what is on its way',
        params: ById,
        response: answers({ 200: ConfigurationSchema }),
      },
    },
    async ({ params: { id } }, reply) => shown(id, await store.configurations.find(id), reply),
  );

  api.put(
    '/v1/nodes/:id/configuration',
    {
      schema: {
        tags: ['configurations'],
        summary: 'Propose settings; needs If-Match with the version that was read',
        params: ById,
        body: SettingsSchema,
        response: answers({ 202: ConfigurationSchema }),
      },
    },
    async ({ params: { id }, body, headers, operator }, reply) => {
      const expected = versionIn(headers['if-match']);
      const settings = settingsIn(body);
      const proposal = { settings, expected, by: `operator:${operator!.name}` };
      const done = await store.configurations.propose(id, proposal, clock.wall());
      if (done.kind === 'refused') throw cloudFaults(done.code, done.why, { node: id });
      links.configure(id);
      return shown(id, done.view, reply.status(202));
    },
  );

  api.get(
    '/v1/nodes/:id/configuration/history',
    {
      schema: {
        tags: ['configurations'],
        summary: 'The versions of a node and what became of each, latest first',
        params: ById,
        querystring: Type.Object(
          { before: Type.Optional(Type.Integer({ minimum: 1 })), limit: limitSchema(100) },
          whole,
        ),
        response: answers({ 200: Type.Object({ versions: Type.Array(VersionSchema) }) }),
      },
    },
    async ({ params, query }) => ({
      versions: await store.configurations.history(params.id, { ...query, limit: query.limit ?? 20 }),
    }),
  );

  api.get(
    '/v1/nodes/:id/configuration/versions/:version',
    {
      schema: {
        tags: ['configurations'],
        summary: 'One version, which never changes but for what became of it',
        params: VersionPath,
        response: answers({ 200: VersionSchema }),
      },
    },
    async ({ params: { id, version } }) => {
      const found = await store.configurations.version(id, Number(version));
      if (!found) throw cloudFaults('CONFIGURATION_UNKNOWN', `${id} has no version ${version}`, { node: id, version });
      return found;
    },
  );
}

/** RFC 9110, section 13.1.1. Whoever has not read a configuration must not replace it, so `*` does not do. */
function versionIn(header: string | undefined): number {
  const match = /^\s*"?(\d{1,15})"?\s*$/.exec(header ?? '');
  if (!match) throw cloudFaults('CONFIGURATION_UNREAD', 'the request says no version in If-Match');
  return Number(match[1]);
}

function settingsIn(body: unknown): Settings {
  const { settings, mistakes } = readSettings(body);
  if (mistakes.length === 0) return settings;
  throw cloudFaults('API_INVALID', `${mistakes.length} settings cannot be used: ${mistakes.join('; ')}`, { mistakes });
}
