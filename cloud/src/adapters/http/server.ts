import type { AddressInfo } from 'node:net';
import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { type Service, service } from '@selvedge/kernel';
import Fastify from 'fastify';
import { listenFault } from '../../faults.ts';
import { alertRoutes } from './alerts.ts';
import type { Api, ApiOptions, ApiWorld } from './api-world.ts';
import { auditRoute } from './audit.ts';
import { commandRoutes } from './commands.ts';
import { configurationRoutes } from './configurations.ts';
import { consoleRoutes } from './console.ts';
import { deviceRoutes } from './devices.ts';
import { enrolmentRoutes } from './enrolments.ts';
import { answerFailure } from './failures.ts';
import { feedRoute, type Hub, openFeed } from './feed.ts';
import { type Guard, guard } from './guard.ts';
import { healthRoute, metricsRoute } from './health.ts';
import { takeJsonAlone } from './json-body.ts';
import { nodeRoutes } from './nodes.ts';
import { openApi } from './openapi.ts';
import { quarantineRoutes } from './quarantine.ts';
import { sagaRoutes } from './sagas.ts';
import { securityHeaders } from './security-headers.ts';
import { sessionRoutes, signInRoute } from './session.ts';
import { telemetryRoutes } from './telemetry.ts';
import { twinRoutes } from './twins.ts';
import { validate } from './validate.ts';

/** The HTTP side of the cloud: API, live feed and console on one port. */
export interface ApiServer extends Service {
  /** The port it listens on, once it has started. */
  readonly port: number;
}

/** Start throws PORT_TAKEN or PORT_REFUSED. */
export function apiServer(options: ApiOptions, world: ApiWorld & { readonly hub: Hub }): ApiServer {
  let api: Api | undefined;
  let closeFeed: (() => void) | undefined;
  return {
    ...service({
      async start() {
        const admission = guard(world.store.access, options.origins);
        api = await buildApi(options, world, admission);
        closeFeed = openFeed(api, world.hub, admission);
        try {
          await api.listen({ host: options.host, port: options.port });
        } catch (cause) {
          throw listenFault(cause, { ...options, setting: 'api' });
        }
      },
      async stop() {
        await world.hub.stop();
        closeFeed?.();
        await api?.close();
      },
    }),
    get port() {
      return (api?.server.address() as AddressInfo | null | undefined)?.port ?? options.port;
    },
  };
}

/** All routes with their guards, ready to listen or to be asked directly. */
export async function buildApi(options: ApiOptions, world: ApiWorld, admission: Guard): Promise<Api> {
  const api: Api = Fastify({
    bodyLimit: options.bodyMax,
    requestTimeout: 30_000,
    forceCloseConnections: true,
    // A device id has up to 128 characters, each up to 9 when it stands in an address.
    routerOptions: { maxParamLength: 2_048 },
  }).withTypeProvider<TypeBoxTypeProvider>();
  api.setValidatorCompiler(validate);
  // Answers are views of the store as they are; the tests hold them against their schemas.
  api.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  api.setErrorHandler((cause, request, reply) => answerFailure(cause, request, reply, world.log));
  takeJsonAlone(api);
  api.decorateRequest('operator', undefined);
  api.decorateRequest('token', undefined);
  api.addHook('onRequest', async (request, reply) => void reply.headers(securityHeaders(request.url)));
  api.addHook('onResponse', async (request, reply) => {
    world.metrics.apiRequests.add(1, request.routeOptions.url ?? 'none', String(reply.statusCode));
    world.metrics.apiSeconds.observe(reply.elapsedTime / 1_000);
  });

  await api.register(swagger, openApi(world.software));
  healthRoute(api, world);
  signInRoute(api, world, admission);
  await api.register(async (guarded: Api) => {
    guarded.addHook('onRequest', async (request) => {
      const { operator, token } = await admission.admit(request);
      request.operator = operator;
      request.token = token;
    });
    metricsRoute(guarded, world);
    sessionRoutes(guarded, world, options);
    nodeRoutes(guarded, world);
    deviceRoutes(guarded, world);
    telemetryRoutes(guarded, world);
    commandRoutes(guarded, world);
    alertRoutes(guarded, world);
    twinRoutes(guarded, world);
    configurationRoutes(guarded, world);
    sagaRoutes(guarded, world);
    quarantineRoutes(guarded, world);
    auditRoute(guarded, world);
    enrolmentRoutes(guarded, world, options);
    feedRoute(guarded);
  });
  api.get('/openapi.json', { schema: { hide: true } }, async () => api.swagger());
  await consoleRoutes(api, options.consoleDir);
  await api.ready();
  return api;
}
