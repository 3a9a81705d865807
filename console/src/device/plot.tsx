import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { useThemeStamp } from '../app/theme.ts';
import { formatNumber } from '../format/number.ts';
import type { ChartColumns } from '../series/series.ts';
import { useNow } from '../ui/hooks.ts';
import 'uplot/dist/uPlot.min.css';

interface PlotProps {
  readonly columns: ChartColumns;
  readonly spanMs: number;
  /** Times of alerts, drawn as ticks at the foot. */
  readonly marks: readonly number[];
  readonly label: string;
  /** Told the time of the bucket under the pointer. */
  readonly onPoint: (time: number | null) => void;
}

/** A line with its band from min to max, up to now. Drawn on a canvas, so colours are read from the style sheet. */
export function Plot({ columns, spanMs, marks, label, onPoint }: PlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const latest = useRef({ columns, spanMs, marks, onPoint });
  latest.current = { columns, spanMs, marks, onPoint };
  const theme = useThemeStamp();
  const now = useNow();

  // biome-ignore lint/correctness/useExhaustiveDependencies: `theme` changes the colours that are read here
  useEffect(() => {
    const element = host.current!;
    const drawn = new uPlot(
      plotOptions(element, () => latest.current),
      latest.current.columns,
      element,
    );
    plot.current = drawn;
    const resized = new ResizeObserver(() =>
      drawn.setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    resized.observe(element);
    return () => {
      resized.disconnect();
      drawn.destroy();
    };
  }, [theme]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `now` moves the window on while nothing new comes
  useEffect(() => {
    const drawn = plot.current;
    if (!drawn) return;
    drawn.batch(() => {
      drawn.setData(columns, false);
      const to = Date.now() / 1_000;
      drawn.setScale('x', { min: to - spanMs / 1_000, max: to });
    });
  }, [columns, spanMs, now]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: new marks are drawn although nothing else has changed
  useEffect(() => plot.current?.redraw(false), [marks]);

  return <div className="plot" ref={host} role="img" aria-label={label} />;
}

function plotOptions(host: HTMLElement, latest: () => Omit<PlotProps, 'label'>): uPlot.Options {
  const style = getComputedStyle(host);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const font = `11px ${style.fontFamily}`;
  const axis: uPlot.Axis = {
    stroke: colour('--chart-text'),
    font,
    grid: { stroke: colour('--chart-grid'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: host.clientWidth,
    height: host.clientHeight,
    legend: { show: false },
    padding: [10, 8, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7, width: 2, fill: colour('--chart-line') } },
    scales: { x: { time: true }, y: { range: roomyRange } },
    axes: [
      { ...axis, space: 70, size: 28, values: clockTicks },
      { ...axis, space: 36, size: axisWidth, values: valueTicks },
    ],
    series: [
      {},
      { stroke: colour('--chart-line'), width: 1.75, points: { show: false } },
      { stroke: 'transparent', points: { show: false } },
      { stroke: 'transparent', points: { show: false } },
    ],
    bands: [{ series: [3, 2], fill: colour('--chart-band') }],
    hooks: {
      draw: [(plot) => drawMarks(plot, latest().marks, colour('--chart-mark'))],
      setCursor: [
        ({ cursor, data }) => {
          const seconds = cursor.idx == null || (cursor.left ?? -1) < 0 ? undefined : data[0][cursor.idx];
          latest().onPoint(seconds === undefined ? null : Math.round(seconds * 1_000));
        },
      ],
    },
  };
}

/** Leaves a tenth free above and below, and never turns a constant into a mountain. */
function roomyRange(_plot: uPlot, min: number | null, max: number | null): uPlot.Range.MinMax {
  if (min === null || max === null) return [0, 1];
  const room = Math.max((max - min) * 0.1, Math.abs(max) * 0.005, 1e-6);
  return [min - room, max + room];
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const clockSeconds = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const day = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric' });

function clockTicks(_plot: uPlot, ticks: number[], _axis: number, _space: number, step: number): string[] {
  return ticks.map((tick) => {
    const at = new Date(tick * 1_000);
    if (step >= 86_400 || (at.getHours() === 0 && at.getMinutes() === 0 && step >= 3_600)) return day.format(at);
    return (step < 60 ? clockSeconds : clock).format(at);
  });
}

/** All ticks with as many digits as their step needs. */
function valueTicks(_plot: uPlot, ticks: number[], _axis: number, _space: number, step: number): string[] {
  const digits = step >= 1 || step <= 0 ? 0 : Math.min(6, Math.ceil(-Math.log10(step)));
  return ticks.map((tick) => (digits === 0 ? formatNumber(tick) : tick.toFixed(digits).replace('-', '\u2212')));
}

function axisWidth(_plot: uPlot, ticks: string[] | null): number {
  // Wide enough for most, so that the chart does not move when its numbers grow.
  return 14 + 6.4 * Math.max(6, ...(ticks ?? []).map((tick) => tick.length));
}

function drawMarks(plot: uPlot, marks: readonly number[], colour: string): void {
  const { ctx, bbox } = plot;
  const size = 4 * devicePixelRatio;
  ctx.save();
  ctx.fillStyle = colour;
  for (const mark of marks) {
    const x = plot.valToPos(mark / 1_000, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    const foot = bbox.top + bbox.height;
    ctx.globalAlpha = 0.16;
    ctx.fillRect(x - devicePixelRatio / 2, bbox.top, devicePixelRatio, bbox.height);
    ctx.globalAlpha = 1;
    ctx.beginPath();
    ctx.moveTo(x - size, foot);
    ctx.lineTo(x + size, foot);
    ctx.lineTo(x, foot - 1.6 * size);
    ctx.fill();
  }
  ctx.restore();
}
