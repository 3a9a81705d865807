import { useEffect, useState } from 'react';
import { useWorld } from '../app/world-context.ts';
import { chartable } from '../feed/live-device.ts';
import type { Range } from '../series/range.ts';
import { addReadings, emptySeries, type Series, type TimedValue, trimSeries } from '../series/series.ts';

/** A series that was fetched, continued by the feed and cut at the range's beginning. */
export function useLiveSeries(device: string, metric: string, range: Range, fetched: Series | undefined): Series {
  const { live } = useWorld();
  const [series, setSeries] = useState<Series>(fetched ?? emptySeries(range.bucketMs));

  useEffect(() => {
    const recorder = live.record(device);
    const add = (old: Series): Series => {
      const readings = recorder.next().flatMap(({ takenAt, values }): TimedValue[] => {
        const value = chartable(values[metric]);
        return value === undefined ? [] : [{ time: takenAt, value }];
      });
      return trimSeries(addReadings(old, readings), Date.now() - range.spanMs - range.bucketMs);
    };
    setSeries(fetched ?? emptySeries(range.bucketMs));
    const stop = live.subscribe(device, () => setSeries(add));
    return () => {
      stop();
      recorder.stop();
    };
  }, [live, device, metric, range, fetched]);

  return series;
}
