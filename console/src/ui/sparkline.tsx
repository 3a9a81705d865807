import type { SeriesPoint } from '../api/views.ts';

const width = 120;
const height = 32;
const inset = 2.5;

/** The course of one metric over `spanMs` up to `to`, without axes: a decoration beside the value that it belongs to. */
export function Sparkline({
  points,
  to,
  spanMs,
  fromZero = false,
}: {
  readonly points: readonly SeriesPoint[];
  readonly to: number;
  readonly spanMs: number;
  /** Whether the foot of the drawing is 0 and not the smallest value. */
  readonly fromZero?: boolean;
}) {
  const shown = points.filter((point) => point.time >= to - spanMs);
  const line = sparkPath(
    shown.map((point) => [point.time, point.mean]),
    to,
    spanMs,
    fromZero,
  );
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      {line !== '' && (
        <>
          <path className="spark-area" d={`${line}V${height}H${xOf(shown[0]!.time, to, spanMs)}Z`} />
          <path className="spark-line" d={line} />
        </>
      )}
      {line === '' && <path className="spark-none" d={`M${inset} ${height / 2}H${width - inset}`} />}
    </svg>
  );
}

/** Times and values as a path over the drawing's box; empty for fewer than two. A constant lies in the middle. */
export function sparkPath(
  points: readonly (readonly [time: number, value: number])[],
  to: number,
  spanMs: number,
  fromZero = false,
): string {
  if (points.length < 2) return '';
  const values = points.map(([, value]) => value);
  const low = fromZero ? Math.min(0, ...values) : Math.min(...values);
  const range = Math.max(...values) - low;
  const room = height - 2 * inset;
  const yOf = (value: number): number => height - inset - (range === 0 ? 0.5 : (value - low) / range) * room;
  return points
    .map(([time, value], index) => `${index === 0 ? 'M' : 'L'}${xOf(time, to, spanMs)} ${yOf(value).toFixed(1)}`)
    .join('');
}

const xOf = (time: number, to: number, spanMs: number): string =>
  (inset + (1 - (to - time) / spanMs) * (width - 2 * inset)).toFixed(1);
