import type { Gate, Route } from '../../ports.ts';
import { admit, forbidden } from './admission.ts';
import type { InflateLimits } from './body/inflate.ts';
import { type Handler, smallBody } from './exchange.ts';
import { httpFaults } from './faults.ts';

/** Mounts an operation that another part of the node offers: authenticates, decodes the JSON body, encodes the answer. */
export function operation(route: Route, gate: Gate, small: InflateLimits): Handler {
  return async (exchange) => {
    const principal = await admit(gate, exchange);
    if (route.for === 'operator' && principal.kind !== 'operator')
      throw forbidden(principal, `${route.method} ${route.path}`);
    const { parameters, query } = exchange;
    const body = route.method === 'GET' ? undefined : parse(await smallBody(exchange, small));
    return route.handle({ principal, parameters, query, body });
  };
}

function parse(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw httpFaults('HTTP_INVALID', `${body.length} bytes of body that are not JSON`);
  }
}
