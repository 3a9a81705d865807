import type { Gap, LedgerRow } from '@selvedge/protocol';
import Type, { type Static } from 'typebox';
import type { StoreAudit } from '../../ports.ts';
import type { Api, ApiWorld } from './api-world.ts';
import { answers, IntervalSchema, type Readonlies, TimeSchema, viewOf } from './schema.ts';

const brokenSchema = Type.Array(Type.Object({ offset: Type.Number(), why: Type.String() }));

const ledgerRow = {
  source: Type.String(),
  received: Type.Number(),
  refused: Type.Number(),
  duplicates: Type.Number(),
  quarantined: Type.Number(),
  journaled: Type.Number(),
};
const LedgerRowSchema = viewOf<LedgerRow>()(Type.Object(ledgerRow));

const GapSchema = viewOf<Gap>()(
  Type.Object({
    lane: Type.String(),
    from: Type.Number(),
    to: Type.Number(),
    count: Type.Number(),
    reason: Type.Union([Type.Literal('bytes'), Type.Literal('age'), Type.Literal('damaged')]),
    at: TimeSchema,
  }),
);

const EdgeSchema = Type.Object({
  head: Type.Number({ description: 'Durable end of the journal.' }),
  headHash: Type.String(),
  base: Type.Number({ description: 'First offset still in the journal.' }),
  baseHash: Type.String(),
  checkedRecords: Type.Number(),
  checkedBatches: Type.Number(),
  broken: brokenSchema,
  pending: Type.Number(),
  expired: Type.Number(),
  journaledReadings: Type.Number(),
  ledger: Type.Array(LedgerRowSchema),
  gaps: Type.Array(GapSchema),
});

const StoreSchema = viewOf<StoreAudit>()(
  Type.Object({
    node: Type.String(),
    epoch: Type.String(),
    held: Type.Array(IntervalSchema),
    broken: brokenSchema,
    records: Type.Number(),
    readings: Type.Number(),
    stored: Type.Number(),
    lost: Type.Number(),
    doubled: Type.Number(),
    altered: Type.Number(),
    duplicates: Type.Number(),
    expired: Type.Number(),
    headHash: Type.String(),
    rows: Type.Array(Type.Object({ ...ledgerRow, stored: Type.Number() })),
  }),
);

const NodeAuditSchema = Type.Object({
  node: Type.String(),
  epoch: Type.String(),
  online: Type.Boolean(),
  edge: Type.Union([EdgeSchema, Type.Null()]),
  store: StoreSchema,
  findings: Type.Array(Type.Object({ code: Type.String(), message: Type.String() })),
});

const AuditSchema = Type.Object({
  balanced: Type.Boolean({ description: 'Nothing is lost, doubled or altered, chains hold, and both sides agree.' }),
  complete: Type.Boolean({ description: 'Every known node answered for its journal.' }),
  lost: Type.Number(),
  doubled: Type.Number(),
  altered: Type.Number(),
  pending: Type.Number({ description: 'Journaled at a node and not here yet.' }),
  expired: Type.Number(),
  at: TimeSchema,
  nodes: Type.Array(NodeAuditSchema),
});

/** What an audit gives. */
export type AuditAnswer = Readonlies<Static<typeof AuditSchema>>;

/** The proof that nothing was lost or doubled, recomputed on both sides at every call. */
export function auditRoute(api: Api, { audit }: ApiWorld): void {
  // An audit reads everything: callers that come while one runs share it.
  let running: Promise<AuditAnswer> | undefined;
  api.get(
    '/v1/audit',
    {
      schema: {
        tags: ['audit'],
        summary: 'Recompute from journals and store that nothing is lost, doubled or altered',
        response: answers({ 200: AuditSchema }),
      },
    },
    async () => {
      running ??= audit().finally(() => {
        running = undefined;
      });
      return running;
    },
  );
}
