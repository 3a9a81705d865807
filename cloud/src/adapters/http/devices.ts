import Type from 'typebox';
import { cloudFaults } from '../../faults.ts';
import type { DeviceFilter, DeviceView, Registry } from '../../ports.ts';
import type { Api, ApiWorld } from './api-world.ts';
import { answers, ById, IdSchema, limitSchema, TimeSchema, ValuesSchema, viewOf, whole } from './schema.ts';

const DeviceSchema = viewOf<DeviceView>()(
  Type.Object({
    id: Type.String(),
    node: Type.String({ description: 'The node it was last heard through.' }),
    name: Type.String(),
    type: Type.String(),
    firstSeen: TimeSchema,
    lastSeen: TimeSchema,
    online: Type.Boolean(),
    readingsTotal: Type.Number(),
    alertsActive: Type.Number(),
    latest: ValuesSchema,
    latestAt: TimeSchema,
  }),
);

/** Devices and what the registry says of them. */
export function deviceRoutes(api: Api, { store }: ApiWorld): void {
  api.get(
    '/v1/devices',
    {
      schema: {
        tags: ['devices'],
        summary: 'Devices by id',
        querystring: Type.Object(
          {
            text: Type.Optional(Type.String({ maxLength: 128, description: 'A part of id or name.' })),
            type: Type.Optional(IdSchema),
            node: Type.Optional(IdSchema),
            after: Type.Optional(Type.String({ maxLength: 512, description: 'The last id of the page before.' })),
            limit: limitSchema(1_000),
          },
          whole,
        ),
        response: answers({ 200: Type.Object({ devices: Type.Array(DeviceSchema), total: Type.Integer() }) }),
      },
    },
    async ({ query }) => store.registry.devices({ ...query, limit: query.limit ?? 100 } as DeviceFilter),
  );

  api.get(
    '/v1/devices/:id',
    { schema: { tags: ['devices'], summary: 'One device', params: ById, response: answers({ 200: DeviceSchema }) } },
    async ({ params }) => knownDevice(store.registry, params.id),
  );
}

/** The device, or the fault DEVICE_UNKNOWN. */
export async function knownDevice(registry: Registry, id: string): Promise<DeviceView> {
  const device = await registry.device(id);
  if (!device) throw cloudFaults('DEVICE_UNKNOWN', `there is no device ${id}`, { device: id });
  return device;
}
