import { topics } from '@selvedge/protocol';
import type { Gate, Principal, Twins } from '../../ports.ts';
import { authorize, forbidden } from './admission.ts';
import type { InflateLimits } from './body/inflate.ts';
import { type Answer, deviceOf, type Handler, smallBody } from './exchange.ts';
import { httpFaults } from './faults.ts';

export interface TwinParts {
  readonly gate: Gate;
  readonly twins: Twins;
  readonly small: InflateLimits;
}

/** `GET /v1/devices/{id}/twin`: what the journal holds of it. */
export function getTwin({ gate, twins }: TwinParts): Handler {
  return async (exchange) => {
    const device = deviceOf(exchange);
    await authorize(gate, exchange, 'subscribe', topics.twinDesired(device));
    const twin = twins.find(device);
    if (!twin) throw httpFaults('HTTP_TWIN_UNKNOWN', `${device} has no twin here`);
    return answer(twin);
  };
}

/**
 * `PATCH /v1/devices/{id}/twin`: a device edits what it reports, an operator the rest too. Answers when it is durable; with
 * `If-Match` only the version that was read is edited.
 */
export function patchTwin({ gate, twins, small }: TwinParts): Handler {
  return async (exchange) => {
    const device = deviceOf(exchange);
    const principal = await authorize(gate, exchange, 'publish', topics.twinReported(device));
    const sections = sectionsIn(await smallBody(exchange, small));
    const isOperator = principal.kind === 'operator';
    const foreign = Object.keys(sections).find((section) => section !== 'reported' && !isOperator);
    if (foreign !== undefined) throw forbidden(principal, `edit ${foreign} of ${device}`);
    const expected = versionIn(exchange.request.headers['if-match']);
    const about = { by: nameOf(principal, device), from: isOperator ? 'operator' : 'device' } as const;
    return answer(await twins.edit(device, sections, { ...about, ...(expected === undefined ? {} : { expected }) }));
  };
}

const answer = (twin: Awaited<ReturnType<Twins['edit']>>): Answer => ({
  status: 200,
  headers: { etag: `"${twin.version}"` },
  body: twin,
});

const nameOf = ({ kind, name }: Principal, device: string): string =>
  kind === 'operator' || kind === 'application' ? `${kind}:${name}` : `device:${device}`;

const sections: readonly string[] = ['desired', 'reported', 'tags', 'policy'];

function sectionsIn(body: Buffer): Readonly<Record<string, unknown>> {
  let raw: unknown;
  try {
    raw = JSON.parse(body.toString('utf8'));
  } catch {
    throw httpFaults('HTTP_INVALID', `${body.length} bytes of body that are not JSON`);
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw httpFaults('HTTP_INVALID', 'the body is no JSON object');
  const surplus = Object.keys(raw).find((name) => !sections.includes(name));
  if (surplus !== undefined)
    throw httpFaults('HTTP_INVALID', `"${surplus.slice(0, 64)}" is none of ${sections.join(', ')}`);
  return raw as Readonly<Record<string, unknown>>;
}

/** RFC 9110, section 13.1.1; `*` is any version. */
function versionIn(header: string | undefined): string | undefined {
  const text = header?.trim() ?? '*';
  return text === '*' ? undefined : text.replace(/^"(.*)"$/, '$1');
}
