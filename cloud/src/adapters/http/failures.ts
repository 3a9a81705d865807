import { describeFailure, type Fault, isFault, type Log } from '@selvedge/kernel';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { cloudFaults, problemOf, problemType } from '../../faults.ts';

/** Answers every failure of a request as a problem; those that are our mistake are logged. */
export function answerFailure(cause: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): FastifyReply {
  const fault = faultOf(cause as FastifyError);
  const problem = problemOf(fault ?? cause);
  if (problem.status >= 500)
    log.error('api.request_failed', {
      method: request.method,
      route: request.routeOptions.url,
      ...describeFailure(cause),
    });
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="selvedge"');
  const wait = fault?.facts['retryAfterSeconds'];
  if (typeof wait === 'number') reply.header('retry-after', String(wait));
  return reply.status(problem.status).type(problemType).send(problem);
}

/** The fault that a failure of the HTTP framework stands for; undefined for what nobody foresaw. */
function faultOf(cause: FastifyError): Fault | undefined {
  if (isFault(cause)) return cause;
  if (cause.validation) {
    const mistakes = mistakesOf(cause);
    const count = `${mistakes.length} ${mistakes.length === 1 ? 'mistake' : 'mistakes'}`;
    return cloudFaults('API_INVALID', `the ${cause.validationContext} has ${count}: ${mistakes.join('; ')}`, {
      mistakes,
    });
  }
  if (cause.statusCode === 413) return cloudFaults('API_TOO_LARGE', cause.message);
  if (cause.statusCode === 415) return cloudFaults('API_MEDIA_UNKNOWN', cause.message);
  if (cause.statusCode !== undefined && cause.statusCode >= 400 && cause.statusCode < 500)
    return cloudFaults('API_INVALID', cause.message, { mistakes: [cause.message] });
  return undefined;
}

/** One line per mistake, each with the member it is about. */
function mistakesOf({ validation = [], validationContext }: FastifyError): readonly string[] {
  const lines = validation.flatMap(({ keyword, instancePath, message = 'is not valid', params }) => {
    const where = instancePath.slice(1).replaceAll('/', '.') || validationContext || 'request';
    if (keyword === 'additionalProperties')
      return [params['additionalProperties']].flat().map((name) => `${String(name)}: there is no such member`);
    if (keyword === 'required')
      return [params['requiredProperties'] ?? params['missingProperty']]
        .flat()
        .map((name) => `${String(name)}: must be given`);
    // A refused member is reported twice, the second time as a schema that nothing fits.
    if (keyword === 'boolean') return [];
    return [`${where}: ${keyword === 'anyOf' ? 'is none of what it may be' : message}`];
  });
  return [...new Set(lines)];
}
