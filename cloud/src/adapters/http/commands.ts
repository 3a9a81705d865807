import { Buffer } from 'node:buffer';
import type { Command } from '@selvedge/protocol';
import Type from 'typebox';
import { cloudFaults } from '../../faults.ts';
import type { CommandView } from '../../ports.ts';
import type { Api, ApiWorld } from './api-world.ts';
import { knownDevice } from './devices.ts';
import {
  answers,
  ById,
  IdSchema,
  limitSchema,
  MaybeTimeSchema,
  TimeSchema,
  ValueSchema,
  ValuesSchema,
  viewOf,
  whole,
} from './schema.ts';

const StateSchema = Type.Union([
  Type.Literal('queued'),
  Type.Literal('sent'),
  Type.Literal('delivered'),
  Type.Literal('done'),
  Type.Literal('failed'),
  Type.Literal('expired'),
]);

const CommandSchema = viewOf<CommandView>()(
  Type.Object({
    id: Type.String(),
    device: Type.String(),
    name: Type.String(),
    arguments: ValuesSchema,
    issuedAt: TimeSchema,
    fence: Type.Optional(Type.Number({ description: 'How often the device had moved when it was ordered.' })),
    expiresAt: TimeSchema,
    origin: Type.String({ description: '`operator` or `rule:<name>`.' }),
    reason: Type.String(),
    node: Type.String(),
    state: StateSchema,
    sentAt: MaybeTimeSchema,
    deliveredAt: MaybeTimeSchema,
    endedAt: MaybeTimeSchema,
    result: Type.Unknown({ description: 'What the device answered.' }),
  }),
);

const OrderSchema = Type.Object(
  {
    command: Type.String({ minLength: 1, maxLength: 64 }),
    arguments: Type.Optional(
      Type.Record(Type.String({ minLength: 1, maxLength: 64 }), ValueSchema, { maxProperties: 64 }),
    ),
    reason: Type.Optional(Type.String({ maxLength: 512 })),
    expiresInSeconds: Type.Optional(Type.Number({ minimum: 1, maximum: 604_800 })),
  },
  whole,
);

/** Orders for devices, and what became of them. */
export function commandRoutes(api: Api, { store, links, clock, entropy }: ApiWorld): void {
  api.post(
    '/v1/devices/:id/commands',
    {
      schema: {
        tags: ['commands'],
        summary: 'Send a command; it is kept until it is delivered or has expired',
        params: ById,
        body: OrderSchema,
        response: answers({ 202: CommandSchema }),
      },
    },
    async ({ params, body }, reply) => {
      const device = await knownDevice(store.registry, params.id);
      const issuedAt = clock.wall();
      const command: Command = {
        id: Buffer.from(entropy.bytes(12)).toString('hex'),
        device: device.id,
        name: body.command,
        arguments: body.arguments ?? {},
        issuedAt,
        expiresAt: issuedAt + Math.round((body.expiresInSeconds ?? 60) * 1_000),
        origin: 'operator',
        reason: body.reason ?? '',
      };
      await store.commands.issue(command, device.node);
      const issued = await knownCommand(command.id);
      links.send(issued.node);
      return reply.status(202).header('location', `/v1/commands/${command.id}`).send(issued);
    },
  );

  api.get(
    '/v1/commands',
    {
      schema: {
        tags: ['commands'],
        summary: 'Commands, latest first',
        querystring: Type.Object({ device: Type.Optional(IdSchema), limit: limitSchema(1_000) }, whole),
        response: answers({ 200: Type.Object({ commands: Type.Array(CommandSchema) }) }),
      },
    },
    async ({ query }) => ({ commands: await store.commands.list({ ...query, limit: query.limit ?? 100 }) }),
  );

  api.get(
    '/v1/commands/:id',
    { schema: { tags: ['commands'], summary: 'One command', params: ById, response: answers({ 200: CommandSchema }) } },
    async ({ params }) => knownCommand(params.id),
  );

  const knownCommand = async (id: string): Promise<CommandView> => {
    const command = await store.commands.find(id);
    if (!command) throw cloudFaults('COMMAND_UNKNOWN', `there is no command ${id}`, { command: id });
    return command;
  };
}
