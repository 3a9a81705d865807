import type { Handler } from './exchange.ts';

/** What the pages show; asked at each request. */
export interface StatusPages {
  readonly status: () => unknown;
  readonly metrics: () => string;
}

export const healthPage: Handler = () => ({ status: 200, body: { status: 'ok' } });

export const statusPage =
  ({ status }: StatusPages): Handler =>
  () => ({ status: 200, body: status() });

/** The Prometheus text format 0.0.4; `own` is of the door itself. */
export const metricsPage =
  ({ metrics }: StatusPages, own: () => string): Handler =>
  () => ({
    status: 200,
    headers: { 'content-type': 'text/plain; version=0.0.4' },
    body: metrics() + own(),
  });
