import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '@selvedge/kernel';
import type { Principal, RouteExplanation } from '../../ports.ts';
import { routeRoutes } from './route-routes.ts';

test('route explain: an operator is told of a device over HTTP, and of nothing that is no device [ROU-8]', async () => {
  const told: string[] = [];
  const [route] = routeRoutes((device) => {
    told.push(device);
    return { device, streams: [] } as unknown as RouteExplanation;
  });
  const principal: Principal = { kind: 'operator', name: 'o', credential: undefined, issuedAt: undefined };
  const ask = (device: string) =>
    route!.handle({ principal, parameters: { device }, query: new URLSearchParams(), body: undefined });
  assert.deepEqual([route!.method, route!.path, route!.for], ['GET', '/v1/routes/{device}', 'operator']);
  assert.deepEqual(await ask('pump-7'), { status: 200, body: { device: 'pump-7', streams: [] } });
  assert.throws(
    () => ask('a/b'),
    (cause) => isFault(cause, 'OPERATION_INVALID'),
  );
  assert.deepEqual(told, ['pump-7']);
});
