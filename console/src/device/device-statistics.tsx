import { useQuery } from '@tanstack/react-query';
import { statisticsQuery } from '../api/queries.ts';
import { formatCount, formatNumber } from '../format/number.ts';
import { formatClock } from '../format/time.ts';
import { Card } from '../ui/page.tsx';

/** What the edge has computed of the newest window. */
export function DeviceStatistics({ device }: { readonly device: string }) {
  const { data } = useQuery(statisticsQuery(device));
  const newest = data?.toSorted((a, b) => b.windowTo - a.windowTo)[0];
  return (
    <Card
      title="Statistics"
      about={newest && `${formatClock(newest.windowFrom)} to ${formatClock(newest.windowTo)}, computed at the edge`}
    >
      {data && !newest && (
        <p className="card-note muted">
          The edge computes them when a metric has 10 samples in a window. Wait for the first one.
        </p>
      )}
      {newest && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable without a mouse
        <section className="table-scroll" aria-label="Statistics by metric" tabIndex={0}>
          <table className="table table-plain">
            <caption className="visually-hidden">Statistics of the newest window</caption>
            <thead>
              <tr>
                <th scope="col">Metric</th>
                <th scope="col" className="number">
                  Mean
                </th>
                <th scope="col" className="number">
                  Deviation
                </th>
                <th scope="col" className="number">
                  Min
                </th>
                <th scope="col" className="number">
                  Max
                </th>
                <th scope="col" className="number">
                  Samples
                </th>
              </tr>
            </thead>
            <tbody>
              {newest.metrics.map((one) => {
                const isFraction = !Number.isInteger(one.min) || !Number.isInteger(one.max);
                return (
                  <tr key={one.metric}>
                    <th scope="row">{one.metric}</th>
                    <td className="number">{formatNumber(one.mean)}</td>
                    <td className="number">{formatNumber(one.deviation)}</td>
                    <td className="number">{formatNumber(one.min, isFraction)}</td>
                    <td className="number">{formatNumber(one.max, isFraction)}</td>
                    <td className="number">{formatCount(one.count)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </section>
      )}
    </Card>
  );
}
