import type { Gap, Imbalance, LedgerRow } from '@selvedge/protocol';
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
const ImbalanceSchema = viewOf<Imbalance>()(
  Type.Object({
    source: Type.String({ description: 'Empty where it cannot be said of whom.' }),
    from: TimeSchema,
    to: TimeSchema,
    offsets: Type.Object({ from: Type.Number(), to: Type.Number() }),
    why: Type.String(),
  }),
);
const ClosingsSchema = Type.Object({
  judged: Type.Number({ description: 'Closings of the books that were recomputed.' }),
  imbalances: Type.Array(ImbalanceSchema),
});

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
  localReadings: Type.Optional(Type.Number({ description: 'Readings that stay at the site.' })),
  closings: Type.Optional(ClosingsSchema),
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
    local: Type.Number({ description: 'Records that stay at the site.' }),
    pruned: Type.Object(
      {
        logTo: Type.Number({ description: 'The log begins here.' }),
        telemetryTo: Type.Number({ description: 'Before this offset telemetry has only single readings.' }),
        records: Type.Number({ description: 'Of the log.' }),
        readings: Type.Number({ description: 'Of telemetry; part of readings, and no more of stored.' }),
        aside: Type.Number({ description: 'Offsets before logTo that had been set aside.' }),
        at: TimeSchema,
        why: Type.Array(Type.String(), { description: 'By which bounds: age, bytes, disk.' }),
      },
      { description: 'What has gone from the store by policy. The counts are of everything, with this among it.' },
    ),
    headHash: Type.String(),
    closings: ClosingsSchema,
    rows: Type.Array(
      Type.Object({
        ...ledgerRow,
        stored: Type.Number(),
        folded: Type.Number({ description: 'Stayed at the site and is part of an aggregate.' }),
        withheld: Type.Number({ description: 'Stayed at the site; only its number is told.' }),
        expired: Type.Number({ description: 'Left the node by retention before it came here.' }),
      }),
    ),
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
  pruned: Type.Number({ description: 'Readings that went from telemetry by policy.' }),
  at: TimeSchema,
  nodes: Type.Array(NodeAuditSchema),
});

/** What an audit gives. */
export type AuditAnswer = Readonlies<Static<typeof AuditSchema>>;

/** The proof that nothing was lost or doubled, recomputed on both sides at every call. */
export function auditRoute(api: Api, { audit }: ApiWorld): void {
  // An audit reads everything: callers that come while one runs share it.
  const running = new Map<number | undefined, Promise<AuditAnswer>>();
  // Those that ask for another beginning wait for their turn.
  let last: Promise<unknown> = Promise.resolve();
  api.get(
    '/v1/audit',
    {
      schema: {
        tags: ['audit'],
        summary: 'Recompute from journals and store that nothing is lost, doubled or altered',
        querystring: Type.Object({
          since: Type.Optional(Type.Number({ description: 'Compare only what was journaled from this moment on.' })),
        }),
        response: answers({ 200: AuditSchema }),
      },
    },
    async ({ query: { since } }) => {
      const known = running.get(since);
      if (known) return known;
      const found = last.then(() => audit(since)).finally(() => running.delete(since));
      last = found.catch(() => undefined);
      running.set(since, found);
      return found;
    },
  );
}
