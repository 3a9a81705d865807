import { type Answer, type Handler, type Response, responses } from '@selvedge/coap';
import { describeFailure, Fault, type Log, type Meter } from '@selvedge/kernel';

const codes: Readonly<Record<string, number>> = {
  COAP_INVALID: responses.badRequest,
  COAP_UNAUTHORIZED: responses.unauthorized,
  COAP_FORBIDDEN: responses.forbidden,
  COAP_READING_UNKNOWN: responses.notFound,
  COAP_COMMAND_UNKNOWN: responses.notFound,
  COAP_COMMANDS_TAKEN: responses.conflict,
  COAP_FORMAT_UNFIT: responses.notAcceptable,
  COAP_UNFIT: responses.unprocessableEntity,
  COAP_LIMITED: responses.tooManyRequests,
};

/** Seconds to wait where nobody knows better: a disk that failed is probed every second. */
const retryAfter = 2;

/** A diagnostic payload is for a person, and must not need blocks. */
const diagnosticMax = 200;

/** Answers faults as they say of themselves; anything else is a mistake of ours, logged and answered with 5.00. */
export function answering(
  handler: Handler,
  world: { readonly log: Log; readonly refusals: Pick<Meter, 'add'> },
): Handler {
  return async (request): Promise<Answer> => {
    try {
      return await handler(request);
    } catch (cause) {
      if (!(cause instanceof Fault)) {
        world.log.error('coap.request_failed', { path: request.path.join('/'), ...describeFailure(cause) });
        world.refusals.add(1, 'BROKEN');
        return { code: responses.internalServerError };
      }
      world.refusals.add(1, cause.code);
      return refusal(cause);
    }
  };
}

/** The journal's faults pass, also the one of a node that is about to stop. */
function refusal({ code, message, retry, facts }: Fault): Response {
  const passes = retry !== 'never' || code.startsWith('JOURNAL_');
  const status = codes[code] ?? (passes ? responses.serviceUnavailable : responses.internalServerError);
  const waits = status === responses.serviceUnavailable || status === responses.tooManyRequests;
  const seconds = facts['maxAge'];
  return {
    code: status,
    payload: message.slice(0, diagnosticMax),
    ...(waits ? { maxAge: typeof seconds === 'number' ? seconds : retryAfter } : {}),
  };
}
