import type { LinkUse } from '../api/views.ts';
import { formatBytes, formatCount } from '../format/number.ts';
import { Card } from '../ui/page.tsx';
import { Figure } from '../ui/parts.tsx';

/** By class of the journal, the most urgent first. */
const classNames = ['Critical', 'High', 'Medium', 'Low'] as const;
const columns = ['Sent', 'As backlog', 'Waiting', 'Demoted', 'Dropped', 'Refused'] as const;

/** What the link carries and costs, by class and by device. */
export function LinkUseCard({ use }: { readonly use: LinkUse }) {
  const { meter } = use;
  return (
    <Card title="Link use and cost" about={`${meter.link}, ${meter.month}`} className="node-report">
      <MonthBar use={use} />
      <dl className="report">
        {figuresOf(use).map(([label, value]) => (
          <Figure key={label} label={label}>
            {value}
          </Figure>
        ))}
      </dl>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable without a mouse */}
      <section className="table-scroll" aria-label="Link use by class" tabIndex={0}>
        <table className="table table-plain">
          <caption className="visually-hidden">Link use by class since the node started</caption>
          <thead>
            <tr>
              <th scope="col">Class</th>
              {columns.map((column) => (
                <th key={column} scope="col" className="number">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {classNames.map((name, klass) => {
              const one = use.classes[klass];
              if (!one) return null;
              return (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td className="number">{formatBytes(one.bytes)}</td>
                  <td className="number">{formatBytes(one.backlogBytes)}</td>
                  {[one.waiting, one.demoted, one.dropped, one.refused].map((count, index) => (
                    <td key={columns[index + 2]} className="number">
                      {formatCount(count)}
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
      <Senders use={use} />
    </Card>
  );
}

/** How much of its cap the month has used, where it has one. */
function MonthBar({ use: { meter } }: { readonly use: LinkUse }) {
  if (meter.capBytes === 0) return null;
  const used = meter.upBytes + meter.downBytes;
  const willPass = meter.forecastBytes > meter.capBytes;
  return (
    <div className={willPass ? 'month is-tight' : 'month'}>
      <progress className="month-bar" max={meter.capBytes} value={Math.min(used, meter.capBytes)}>
        {formatBytes(used)}
      </progress>
      <p className="muted">
        {formatBytes(used)} of the {formatBytes(meter.capBytes)} that {meter.month} may have
        {willPass && '; if it goes on like this the cap is reached, and what is least urgent waits'}
      </p>
    </div>
  );
}

/** The devices that sent most. */
function Senders({ use: { devices } }: { readonly use: LinkUse }) {
  if (devices.length === 0) return null;
  return (
    <details className="ranges">
      <summary>What sent most</summary>
      <ul>
        {devices.map(({ device, bytes, records }) => (
          <li key={device}>
            {device}: {formatBytes(bytes)} in {formatCount(records)} records
          </li>
        ))}
      </ul>
    </details>
  );
}

function figuresOf({ meter, ...use }: LinkUse): readonly (readonly [label: string, value: string])[] {
  const capacity = use.capacityBytesPerSecond;
  return [
    ['Sent this month', formatBytes(meter.upBytes)],
    ['Received this month', formatBytes(meter.downBytes)],
    ['Cost so far', meter.cost.toFixed(2)],
    ['By the end of the month', `${formatBytes(meter.forecastBytes)}, ${meter.forecastCost.toFixed(2)}`],
    [use.capacityIsMeasured ? 'Capacity, measured' : 'Capacity', capacity === 0 ? '–' : `${formatBytes(capacity)}/s`],
    ['Congestion', `${Math.round(use.congestion * 100)} %`],
    ['Round trip', `${Math.round(use.roundTripSeconds * 1_000)} ms`],
    ['On its way', formatBytes(use.inFlightBytes)],
  ];
}
