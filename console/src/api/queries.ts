import { type QueryClient, queryOptions } from '@tanstack/react-query';
import { type Range, seriesRequest } from '../series/range.ts';
import { fetchedSeries, type Series } from '../series/series.ts';
import { path, request } from './request.ts';
import type {
  AlertState,
  AlertView,
  AuditView,
  CommandView,
  DeviceView,
  NodeView,
  QuarantinedView,
  SeriesPoint,
  StatisticsWindow,
} from './views.ts';

const second = 1_000;
const minute = 60 * second;

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) =>
    request<{ readonly operator: string | { readonly name: string } }>('GET', path(['session']), { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

/** Fetched now and then although the feed tells of changes: it is also how a dead feed is noticed. */
export const nodesQuery = queryOptions({
  queryKey: ['nodes'],
  queryFn: async ({ signal }): Promise<readonly NodeView[]> =>
    (await request<{ nodes: readonly NodeView[] }>('GET', path(['nodes']), { signal })).nodes,
  refetchInterval: 10 * second,
});

export interface Fleet {
  readonly devices: readonly DeviceView[];
  /** How many the cloud knows; more than `devices` when the fleet is larger than a page should hold. */
  readonly total: number;
  readonly isComplete: boolean;
}

export interface FleetSearch {
  readonly text: string;
  readonly type: string;
}

/** Devices the browser holds at most; in a larger fleet the cloud searches. */
export const fleetMax = 5_000;
const pageSize = 200;

/** The whole fleet, page by page; the first page shows while the others come. */
export function fleetQuery(client: QueryClient, search: FleetSearch = { text: '', type: '' }) {
  const queryKey = ['devices', search] as const;
  return queryOptions({
    queryKey,
    queryFn: async ({ signal }): Promise<Fleet> => {
      const isFirst = client.getQueryData(queryKey) === undefined;
      const devices: DeviceView[] = [];
      for (;;) {
        const query = { ...search, after: devices.at(-1)?.id, limit: pageSize };
        const page = await request<{ devices: DeviceView[]; total: number }>('GET', path(['devices'], query), {
          signal,
        });
        devices.push(...page.devices);
        const isComplete = page.devices.length < pageSize || devices.length >= Math.min(page.total, fleetMax);
        const fleet: Fleet = { devices: [...devices], total: page.total, isComplete };
        if (isComplete) return fleet;
        if (isFirst) client.setQueryData(queryKey, fleet);
      }
    },
    refetchInterval: ({ state }) => ((state.data?.total ?? 0) > 500 ? minute : 15 * second),
  });
}

export function deviceQuery(client: QueryClient, id: string) {
  return queryOptions({
    queryKey: ['device', id],
    queryFn: ({ signal }) => request<DeviceView>('GET', path(['devices', id]), { signal }),
    placeholderData: () =>
      client
        .getQueriesData<Fleet>({ queryKey: ['devices'] })
        .flatMap(([, fleet]) => fleet?.devices ?? [])
        .find((device) => device.id === id),
    refetchInterval: 15 * second,
  });
}

export const metricsQuery = (id: string) =>
  queryOptions({
    queryKey: ['metrics', id],
    queryFn: async ({ signal }): Promise<readonly string[]> =>
      (await request<{ metrics: readonly string[] }>('GET', path(['devices', id, 'metrics']), { signal })).metrics,
    staleTime: 5 * minute,
  });

export const seriesQuery = (id: string, metric: string, range: Range) =>
  queryOptions({
    queryKey: ['series', id, metric, range.name],
    queryFn: async ({ signal }): Promise<Series> => {
      const now = Date.now();
      const query = { metric, ...seriesRequest(range, now) };
      const { points } = await request<{ points: readonly SeriesPoint[] }>(
        'GET',
        path(['devices', id, 'series'], query),
        { signal },
      );
      return fetchedSeries(points, range.bucketMs, now);
    },
    staleTime: range.refetchMs,
    refetchInterval: Number.isFinite(range.refetchMs) ? range.refetchMs : false,
    structuralSharing: false,
  });

export const statisticsQuery = (id: string) =>
  queryOptions({
    queryKey: ['statistics', id],
    queryFn: async ({ signal }): Promise<readonly StatisticsWindow[]> =>
      (
        await request<{ statistics: readonly StatisticsWindow[] }>(
          'GET',
          path(['devices', id, 'statistics'], { limit: 6 }),
          { signal },
        )
      ).statistics,
    refetchInterval: 30 * second,
  });

/** Alerts of one state that are listed at most; when there are as many, there may be more. */
export const alertListMax = 200;

export const alertsQuery = (state: AlertState) =>
  queryOptions({
    queryKey: ['alerts', state],
    queryFn: async ({ signal }): Promise<readonly AlertView[]> =>
      (
        await request<{ alerts: readonly AlertView[] }>('GET', path(['alerts'], { state, limit: alertListMax }), {
          signal,
        })
      ).alerts,
    refetchInterval: minute,
  });

export const deviceAlertsQuery = (device: string) =>
  queryOptions({
    queryKey: ['device-alerts', device],
    queryFn: async ({ signal }): Promise<readonly AlertView[]> =>
      (await request<{ alerts: readonly AlertView[] }>('GET', path(['alerts'], { device, limit: 20 }), { signal }))
        .alerts,
    refetchInterval: minute,
  });

export const commandsQuery = (device: string) =>
  queryOptions({
    queryKey: ['commands', device],
    queryFn: async ({ signal }): Promise<readonly CommandView[]> =>
      (
        await request<{ commands: readonly CommandView[] }>('GET', path(['commands'], { device, limit: 30 }), {
          signal,
        })
      ).commands,
    refetchInterval: 30 * second,
  });

export const quarantineQuery = queryOptions({
  queryKey: ['quarantine'],
  queryFn: ({ signal }) =>
    request<{ quarantined: readonly QuarantinedView[]; total: number }>('GET', path(['quarantine'], { limit: 200 }), {
      signal,
    }),
  refetchInterval: 15 * second,
});

/** Recomputes everything in the cloud and at the edges, so it runs when a page first needs it, on request, and after an outage. */
export const auditQuery = queryOptions({
  queryKey: ['audit'],
  queryFn: ({ signal }) => request<AuditView>('GET', path(['audit']), { signal }),
  staleTime: 10 * minute,
  gcTime: Number.POSITIVE_INFINITY,
});
