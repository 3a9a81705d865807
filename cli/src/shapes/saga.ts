import { alignColumns } from '../text/columns.ts';

/** What the verbs use of the API's answers about sagas. Times are milliseconds since the Unix epoch. */
export interface SagaView {
  readonly id: string;
  readonly name: string;
  readonly by: string;
  readonly status: 'running' | 'done' | 'undone' | 'stuck';
  readonly direction: 'forward' | 'back';
  readonly why: string | null;
  readonly createdAt: number;
  readonly endedAt: number | null;
  readonly steps: readonly {
    readonly name: string;
    readonly phase: string;
    readonly attempt: number;
    readonly why: string | null;
  }[];
}

/** A saga as `--json` gives it. */
export const sagaJson = ({ createdAt, endedAt, ...saga }: SagaView) => ({
  ...saga,
  created_at_ms: createdAt,
  ended_at_ms: endedAt,
});

export function saySaga({ id, name, status, direction, why, steps }: SagaView): string {
  const facts = [
    ['saga', id],
    ['name', name],
    ['status', status === 'running' && direction === 'back' ? 'running, goes back' : status],
    ...(why === null ? [] : [['why', why]]),
  ];
  const rows = steps.map((step, index) => [String(index + 1), step.name, step.phase, step.why ?? '']);
  return `${alignColumns(facts)}\n${alignColumns([['STEP', 'NAME', 'PHASE', 'WHY'], ...rows])}`;
}

export const sagaPath = (id: string): string => `/v1/sagas/${encodeURIComponent(id)}`;
