import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { seriesQuery } from '../api/queries.ts';
import type { SeriesPoint, Values } from '../api/views.ts';
import { type LiveDevice, trendMetricOf } from '../feed/live-device.ts';
import { trendRange } from '../series/range.ts';
import { mergeSeries } from '../series/series.ts';

/** A row has to stay in sight so long before its past is fetched, so that scrolling past it costs nothing. */
const patienceMs = 250;

/** The small curve of a device: what the cloud has of the last minutes, then what the feed tells. */
export function useTrend(id: string, values: Values, live: LiveDevice | undefined): readonly SeriesPoint[] {
  const metric = live?.trendMetric ?? trendMetricOf(values);
  const [isPatient, setPatient] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setPatient(true), patienceMs);
    return () => clearTimeout(timer);
  }, []);
  const { data } = useQuery({
    ...seriesQuery(id, metric ?? '', trendRange),
    enabled: isPatient && metric !== undefined,
  });
  const trend = live?.trend;
  return useMemo(() => {
    if (!data) return trend?.points ?? [];
    return trend ? mergeSeries(trend, data).points : data.points;
  }, [data, trend]);
}
