import { type Message, responses, type Security } from '@selvedge/coap';

const refusal = (request: Message) => ({
  kind: 'refused' as const,
  response: { code: responses.unauthorized, token: request.token, options: [], payload: Buffer.alloc(0) },
});

/** Takes nothing that `security` did not protect, not even a look at `/.well-known/core`. */
export const protectedOnly = (security: Security | undefined): Security => ({
  async unprotectRequest(request, peer) {
    const seen = await security?.unprotectRequest(request, peer);
    return seen === undefined || seen.kind === 'plain' ? refusal(request) : seen;
  },
  protectRequest: (request, peer, observed) => security?.protectRequest(request, peer, observed),
});
