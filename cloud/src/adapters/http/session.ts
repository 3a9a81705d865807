import { minutes } from '@selvedge/kernel';
import Type from 'typebox';
import { cloudFaults } from '../../faults.ts';
import type { Api, ApiOptions, ApiWorld } from './api-world.ts';
import { cookieGone, cookieOf } from './cookie.ts';
import type { Guard } from './guard.ts';
import { answers, TimeSchema, whole } from './schema.ts';

const SessionSchema = Type.Object({ operator: Type.String() });
const SignInSchema = Type.Object({ code: Type.String(), expiresAt: TimeSchema });

/** Failed sign-ins are counted within this length of time. */
export const failureWindow = minutes(5);

/** The one route of /v1 that needs no token: it gives one, as a cookie, for a code. */
export function signInRoute(api: Api, { store, clock, metrics, attempts }: ApiWorld, { checkOrigin }: Guard): void {
  api.post(
    '/v1/session',
    {
      schema: {
        tags: ['session'],
        summary: 'Sign a browser in with a one-time code',
        security: [],
        body: Type.Object({ code: Type.String({ minLength: 1, maxLength: 256 }) }, whole),
        response: answers({ 200: SessionSchema }),
      },
    },
    async (request, reply) => {
      checkOrigin(request);
      const wait = attempts.wait(request.ip, clock.ticks());
      if (wait > 0)
        throw cloudFaults('API_LIMITED', 'too many failed sign-ins from this address', {
          retryAfterSeconds: Math.ceil(wait / 1_000),
        });
      const token = await store.access.signIn(request.body.code, clock.wall());
      const operator = token === undefined ? undefined : await store.access.operatorOf(token);
      if (token === undefined || !operator) {
        attempts.failed(request.ip, clock.ticks());
        metrics.signInsFailed.add(1);
        throw cloudFaults('API_SIGN_IN_REFUSED', 'the code is unknown, used up or too old');
      }
      return reply.header('set-cookie', cookieOf(token)).send({ operator: operator.name });
    },
  );
}

/** Who is signed in, letting a browser in, and signing out. */
export function sessionRoutes(api: Api, { store, clock }: ApiWorld, { signInLife }: ApiOptions): void {
  api.post(
    '/v1/sign-ins',
    {
      schema: {
        tags: ['session'],
        summary: 'A one-time code with which a browser signs in as whoever asks',
        response: answers({ 201: SignInSchema }),
      },
    },
    async (request, reply) => {
      const expiresAt = clock.wall() + signInLife;
      const code = await store.access.issueSignIn(request.operator!.name, expiresAt);
      return reply.status(201).send({ code, expiresAt });
    },
  );

  api.get(
    '/v1/session',
    { schema: { tags: ['session'], summary: 'Who asks', response: answers({ 200: SessionSchema }) } },
    async (request) => ({ operator: request.operator!.name }),
  );

  api.delete(
    '/v1/session',
    {
      schema: {
        tags: ['session'],
        summary: 'End the token that came with this request',
        response: answers({ 204: Type.Null() }),
      },
    },
    async (request, reply) => {
      await store.access.endToken(request.token!);
      return reply.header('set-cookie', cookieGone).status(204).send();
    },
  );
}
