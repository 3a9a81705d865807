import { parseDuration } from '@selvedge/kernel';
import { misused } from '../arguments.ts';
import type { AuditView } from '../cloud-views.ts';
import { exitCodes } from '../exit.ts';
import { table } from '../text/columns.ts';
import { snakeCase } from '../text/snake.ts';
import type { Verb } from '../verb.ts';

export const audit: Verb = {
  path: ['audit'],
  summary: 'Recompute from journals and store that nothing was lost, doubled or altered.',
  arguments: [],
  options: {
    since: {
      kind: 'text',
      value: 'WHEN',
      doc: 'Compare what was journaled from then on: 24h ago, or 2026-11-22T08:00Z.',
    },
  },
  examples: ['selvedge audit --since 24h', "selvedge audit --json | jq '{balanced, lost, doubled}'"],
  talks: true,
  async run({ cloud, answer, given, clock }) {
    const since = sinceOf(given.text('since'), clock.wall());
    const found = await cloud().get<AuditView>('/v1/audit', { since });
    answer(auditJson(found), auditText(found));
    return found.balanced ? exitCodes.done : exitCodes.failed;
  },
};

/** The moment that `--since` means, in milliseconds since the Unix epoch. */
function sinceOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const ago = parseDuration(text);
  const moment = ago.ok ? now - ago.value : Date.parse(text);
  if (Number.isFinite(moment)) return Math.round(moment);
  throw misused(audit, `--since ${text} is neither a length of time such as 24h nor a time such as 2026-11-22T08:00Z`);
}

/** The audit as `--json` gives it [CLI-6]: the verdict first, then all that the cloud said. */
export function auditJson({ balanced, lost, doubled, at, ...rest }: AuditView): Readonly<Record<string, unknown>> {
  return { balanced, lost, doubled, at_ms: at, ...(snakeCase(rest) as Record<string, unknown>) };
}

/** The audit for a person. */
export function auditText(found: AuditView): string {
  const rows = found.nodes.map((node) => [
    node.node,
    node.epoch,
    node.online ? 'online' : 'offline',
    String(node.store.readings),
    String(node.store.stored),
    String(node.store.local),
    String(node.store.closings.judged),
    node.findings.length === 0 ? 'none' : String(node.findings.length),
  ]);
  const findings = found.nodes.flatMap((node) =>
    node.findings.map((one) => `  ${node.node}: ${one.message} (${one.code})\n`),
  );
  return [
    table(
      ['node', 'epoch', 'state', 'readings', 'stored', 'kept at site', 'closings', 'findings'],
      rows,
      'No node has shipped anything yet.',
    ),
    ...findings,
    `${found.balanced ? 'Balanced' : 'NOT BALANCED'}: ${found.lost} lost, ${found.doubled} doubled, ${found.altered} altered; `,
    `${found.pending} on their way, ${found.expired} expired by retention${found.pruned > 0 ? `, ${found.pruned} pruned from telemetry by policy` : ''}.\n`,
    found.complete ? '' : 'Not every node answered: what is only in their journals was not looked at.\n',
  ].join('');
}
