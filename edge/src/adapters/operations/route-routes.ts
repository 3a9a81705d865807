import { isDeviceId } from '@selvedge/protocol';
import type { Route, RouteExplanation } from '../../ports.ts';
import { invalid } from './asked.ts';

/** Why the readings of a device go where they go, over HTTP. */
export function routeRoutes(explain: (device: string) => RouteExplanation): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/v1/routes/{device}',
      for: 'operator',
      handle({ parameters: { device = '' } }) {
        if (!isDeviceId(device)) throw invalid(`${device} is no device id`);
        return { status: 200, body: explain(device) };
      },
    },
  ];
}
