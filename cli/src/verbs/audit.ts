import type { AuditView } from '../cloud-views.ts';
import { exitCodes } from '../exit.ts';
import { table } from '../text/columns.ts';
import { snakeCase } from '../text/snake.ts';
import type { Verb } from '../verb.ts';

export const audit: Verb = {
  path: ['audit'],
  summary: 'Recompute from journals and store that nothing was lost, doubled or altered.',
  arguments: [],
  options: {},
  examples: ['selvedge audit', "selvedge audit --json | jq '{balanced, lost, doubled}'"],
  talks: true,
  async run({ cloud, answer }) {
    const found = await cloud().get<AuditView>('/v1/audit');
    answer(auditJson(found), auditText(found));
    return found.balanced ? exitCodes.done : exitCodes.failed;
  },
};

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
    node.findings.length === 0 ? 'none' : String(node.findings.length),
  ]);
  const findings = found.nodes.flatMap((node) =>
    node.findings.map((one) => `  ${node.node}: ${one.message} (${one.code})\n`),
  );
  return [
    table(['node', 'epoch', 'state', 'readings', 'stored', 'findings'], rows, 'No node has shipped anything yet.'),
    ...findings,
    `${found.balanced ? 'Balanced' : 'NOT BALANCED'}: ${found.lost} lost, ${found.doubled} doubled, ${found.altered} altered; `,
    `${found.pending} on their way, ${found.expired} expired by retention.\n`,
    found.complete ? '' : 'Not every node answered: what is only in their journals was not looked at.\n',
  ].join('');
}
