import { encodeEnrolmentToken, isNodeId } from '@selvedge/trust';
import Type from 'typebox';
import { cloudFaults } from '../../faults.ts';
import type { Api, ApiOptions, ApiWorld } from './api-world.ts';
import { answers, TimeSchema, whole } from './schema.ts';

/** Tokens that let a new node in once. */
export function enrolmentRoutes(api: Api, { store, clock, fingerprint }: ApiWorld, options: ApiOptions): void {
  api.post(
    '/v1/enrolments',
    {
      schema: {
        tags: ['nodes'],
        summary: 'A one-time token with which a node gets its certificate',
        body: Type.Object({ node: Type.String({ minLength: 1, maxLength: 64 }) }, whole),
        response: answers({ 201: Type.Object({ token: Type.String(), node: Type.String(), expiresAt: TimeSchema }) }),
      },
    },
    async ({ body: { node } }, reply) => {
      if (!isNodeId(node)) {
        const why = 'has letters, digits, dots, dashes or underscores, and begins and ends with a letter or digit';
        throw cloudFaults('API_INVALID', `${JSON.stringify(node)} is not a node id`, { mistakes: [`node: ${why}`] });
      }
      const expiresAt = clock.wall() + options.enrolmentLife;
      const secret = await store.access.issueEnrolment(node, expiresAt);
      return reply.status(201).send({ token: encodeEnrolmentToken({ fingerprint, secret }), node, expiresAt });
    },
  );
}
