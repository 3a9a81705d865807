import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { asProblem } from '../api/problem.ts';
import { deviceAlertsQuery, seriesQuery } from '../api/queries.ts';
import type { SeriesPoint } from '../api/views.ts';
import { formatNumber } from '../format/number.ts';
import { formatClock, formatMoment } from '../format/time.ts';
import { type Range, type RangeName, rangeOf, ranges } from '../series/range.ts';
import { chartColumns } from '../series/series.ts';
import { Choice } from '../ui/choice.tsx';
import { useNow } from '../ui/hooks.ts';
import { Failure } from '../ui/parts.tsx';
import { Plot } from './plot.tsx';
import { useLiveSeries } from './use-live-series.ts';

const items = ranges.map(({ name }) => ({ name, label: name.replace(/([a-z])/, '\u202f$1') }));

/** A metric over time: what the cloud has of the range, then every reading as it comes. */
export function DeviceChart({ device, metric }: { readonly device: string; readonly metric: string }) {
  const [name, setName] = useState<RangeName>('5m');
  const range = rangeOf(name);
  const fetched = useQuery(seriesQuery(device, metric, range));
  const { data: alerts } = useQuery(deviceAlertsQuery(device));
  const series = useLiveSeries(device, metric, range, fetched.data);
  const columns = useMemo(() => chartColumns(series), [series]);
  const marks = useMemo(
    () =>
      (alerts ?? []).filter((alert) => alert.metric === metric).flatMap(({ raisedAt, lastAt }) => [raisedAt, lastAt]),
    [alerts, metric],
  );
  const [pointed, setPointed] = useState<number | null>(null);
  const point = pointed === null ? undefined : series.points.find(({ time }) => time === pointed);

  return (
    <div className="chart">
      <div className="chart-head">
        <Readout metric={metric} range={range} point={point} points={series.points} />
        <Choice label="Range" items={items} value={name} onChange={setName} />
      </div>
      <div className="chart-body">
        <Plot
          columns={columns}
          spanMs={range.spanMs}
          marks={marks}
          label={spoken(metric, range, series.points)}
          onPoint={setPointed}
        />
        {fetched.error && series.points.length === 0 && (
          <div className="chart-over">
            <Failure problem={asProblem(fetched.error)} onRetry={() => void fetched.refetch()} />
          </div>
        )}
        {fetched.isSuccess && series.points.length === 0 && (
          <p className="chart-over muted">
            Nothing was measured in the {range.label.toLowerCase()}. Choose a longer range.
          </p>
        )}
      </div>
      <ValuesTable metric={metric} points={series.points} />
    </div>
  );
}

/** The numbers under the pointer, or of the whole range. Its place is fixed, so that reading them moves nothing. */
function Readout({
  metric,
  range,
  point,
  points,
}: {
  readonly metric: string;
  readonly range: Range;
  readonly point: SeriesPoint | undefined;
  readonly points: readonly SeriesPoint[];
}) {
  const now = useNow();
  const whole = summary(points);
  const shown = point ?? whole;
  const isFraction = points.some(({ mean }) => !Number.isInteger(mean));
  return (
    <p className="readout">
      <span className="readout-when">{point ? formatMoment(point.time, now) : range.label}</span>
      <span className="readout-item">
        <span className="muted">mean</span> <b>{shown ? formatNumber(shown.mean, isFraction) : '–'}</b>
      </span>
      <span className="readout-item">
        <span className="muted">min</span> <b>{shown ? formatNumber(shown.min, isFraction) : '–'}</b>
      </span>
      <span className="readout-item">
        <span className="muted">max</span> <b>{shown ? formatNumber(shown.max, isFraction) : '–'}</b>
      </span>
      <span className="visually-hidden">of {metric}</span>
    </p>
  );
}

/** The chart as numbers, for who cannot see it or wants to copy them. */
function ValuesTable({ metric, points }: { readonly metric: string; readonly points: readonly SeriesPoint[] }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="chart-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Newest values as a table</summary>
      {isOpen && (
        <table className="table table-plain">
          <caption className="visually-hidden">{metric}, newest first</caption>
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col" className="number">
                Mean
              </th>
              <th scope="col" className="number">
                Min
              </th>
              <th scope="col" className="number">
                Max
              </th>
              <th scope="col" className="number">
                Readings
              </th>
            </tr>
          </thead>
          <tbody>
            {points
              .slice(-12)
              .reverse()
              .map((point) => (
                <tr key={point.time}>
                  <td>{formatClock(point.time)}</td>
                  <td className="number">{formatNumber(point.mean)}</td>
                  <td className="number">{formatNumber(point.min)}</td>
                  <td className="number">{formatNumber(point.max)}</td>
                  <td className="number">{point.count}</td>
                </tr>
              ))}
          </tbody>
        </table>
      )}
    </details>
  );
}

function summary(points: readonly SeriesPoint[]): Omit<SeriesPoint, 'time'> | undefined {
  if (points.length === 0) return undefined;
  const count = points.reduce((sum, point) => sum + point.count, 0);
  return {
    count,
    min: Math.min(...points.map(({ min }) => min)),
    max: Math.max(...points.map(({ max }) => max)),
    mean: points.reduce((sum, point) => sum + point.mean * point.count, 0) / count,
  };
}

function spoken(metric: string, range: Range, points: readonly SeriesPoint[]): string {
  const whole = summary(points);
  if (!whole) return `Chart of ${metric} over the ${range.label.toLowerCase()}, empty`;
  return `Chart of ${metric} over the ${range.label.toLowerCase()}: between ${formatNumber(whole.min)} and ${formatNumber(whole.max)}, now ${formatNumber(points.at(-1)!.mean)}`;
}
