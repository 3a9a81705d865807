import { queryOptions, useQuery } from '@tanstack/react-query';
import { path, request } from '../api/request.ts';
import { Card } from '../ui/page.tsx';
import { Badge, Moment, type Tone } from '../ui/parts.tsx';

type Phase = 'proposed' | 'superseded' | 'prepared' | 'applied' | 'confirmed' | 'refused' | 'returned';

/** What a node was given to be, and what became of it. */
export interface ConfigurationVersion {
  readonly version: number;
  readonly phase: Phase;
  readonly why: string | null;
  readonly by: string;
  readonly proposedAt: number;
  /** Null once they are let go. */
  readonly settings: Readonly<Record<string, unknown>> | null;
}

const shownMax = 10;

const historyQuery = (node: string) =>
  queryOptions({
    queryKey: ['configuration-history', node],
    queryFn: async ({ signal }): Promise<readonly ConfigurationVersion[]> =>
      (
        await request<{ versions: readonly ConfigurationVersion[] }>(
          'GET',
          path(['nodes', node, 'configuration', 'history'], { limit: shownMax }),
          { signal },
        )
      ).versions,
    refetchInterval: 5_000,
  });

const said: Readonly<Record<Phase, { readonly tone: Tone; readonly words: string }>> = {
  proposed: { tone: 'info', words: 'on its way' },
  prepared: { tone: 'info', words: 'prepared' },
  applied: { tone: 'warn', words: 'on trial' },
  confirmed: { tone: 'ok', words: 'confirmed' },
  superseded: { tone: 'quiet', words: 'superseded' },
  refused: { tone: 'bad', words: 'refused' },
  returned: { tone: 'bad', words: 'taken back' },
};

/** The versions that the cloud has configured a node with, the latest first. */
export function NodeConfiguration({ node }: { readonly node: string }) {
  const { data: versions } = useQuery(historyQuery(node));
  if (!versions || versions.length === 0) return null;
  return (
    <Card title="Configuration" about={`version ${versions[0]!.version}`} className="node-report">
      <ul className="versions">
        {versions.map((one) => (
          <li key={one.version} className="version">
            <p className="version-head">
              <strong>{one.version}</strong>
              <Badge tone={said[one.phase].tone}>{said[one.phase].words}</Badge>
              <span className="muted">
                {one.by}, <Moment at={one.proposedAt} />
              </span>
            </p>
            {one.why !== null && <p className="version-why">{one.why}</p>}
            {one.settings && (
              <details className="ranges version-settings">
                <summary>
                  Settings<span className="visually-hidden"> of version {one.version}</span>
                </summary>
                <pre>{JSON.stringify(one.settings, null, 2)}</pre>
              </details>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
