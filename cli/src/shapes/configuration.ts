import { alignColumns } from '../text/columns.ts';
import { sayTime } from '../text/say.ts';

/** What the verbs use of the API's answers about configurations. Times are milliseconds since the Unix epoch. */
export interface ConfigurationVersionView {
  readonly version: number;
  readonly digest: string;
  readonly phase: 'proposed' | 'superseded' | 'prepared' | 'applied' | 'confirmed' | 'refused' | 'returned';
  readonly why: string | null;
  readonly by: string;
  readonly about: string | null;
  readonly proposedAt: number;
  readonly preparedAt: number | null;
  readonly appliedAt: number | null;
  readonly endedAt: number | null;
  readonly settings: Readonly<Record<string, unknown>> | null;
}

export interface ConfigurationView {
  readonly node: string;
  readonly version: number;
  readonly latest: ConfigurationVersionView | null;
  readonly good: { readonly version: number; readonly settings: Readonly<Record<string, unknown>> | null } | null;
  readonly heardAt: number | null;
}

/** A version as `--json` gives it. */
export const versionJson = ({ proposedAt, preparedAt, appliedAt, endedAt, ...version }: ConfigurationVersionView) => ({
  ...version,
  proposed_at_ms: proposedAt,
  prepared_at_ms: preparedAt,
  applied_at_ms: appliedAt,
  ended_at_ms: endedAt,
});

/** A configuration as `--json` gives it. */
export const configurationJson = ({ latest, heardAt, ...rest }: ConfigurationView) => ({
  ...rest,
  latest: latest && versionJson(latest),
  heard_at_ms: heardAt,
});

export function sayConfiguration({ node, latest, good, heardAt }: ConfigurationView): string {
  const rows = [
    ['node', node],
    [
      'confirmed',
      good === null ? 'the node has not said' : good.version === 0 ? "the machine's own" : `version ${good.version}`,
    ],
    ...(heardAt === null ? [] : [['said', sayTime(heardAt)]]),
    ...(latest === null ? [] : [['latest', `version ${latest.version}, ${latest.phase}`]]),
    ...(latest?.why ? [['why', latest.why.replaceAll('\n', '; ')]] : []),
  ];
  return alignColumns(rows) + saySettings(good?.settings ?? null);
}

export const sayVersion = (one: ConfigurationVersionView): string =>
  alignColumns([
    ['version', String(one.version)],
    ['phase', one.phase],
    ['by', one.by],
    ['proposed', sayTime(one.proposedAt)],
    ...(one.why === null ? [] : [['why', one.why.replaceAll('\n', '; ')]]),
  ]) + saySettings(one.settings);

const saySettings = (settings: unknown): string =>
  settings === null ? '' : `\n${JSON.stringify(settings, null, 2)}\n`;

/** Whether nothing more becomes of it. */
export const isOver = ({ phase }: ConfigurationVersionView): boolean =>
  phase === 'confirmed' || phase === 'refused' || phase === 'returned' || phase === 'superseded';

export const configurationPath = (node: string): string => `/v1/nodes/${encodeURIComponent(node)}/configuration`;
