import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface Line {
  label: string;
  /** A colour of the style sheet, such as `--blue`. */
  color: string;
  values: readonly (number | null)[];
  /** A band between two lines is filled; both have as many values. */
  band?: { low: readonly (number | null)[]; high: readonly (number | null)[] };
  isDashed?: boolean;
  hasPoints?: boolean;
}

export interface ChartProps {
  /** What the chart shows, for whoever can't see it. */
  label: string;
  x: readonly number[];
  /** Whether x is a time, in seconds. */
  isTime?: boolean;
  lines: readonly Line[];
  height?: number;
  /** A value of y in words. */
  says(value: number): string;
  from?: number;
}

/** Lines over time or steps, in the colours of the page; they follow its width, and its light. */
export function Chart({ label, x, lines, height = 200, isTime = true, says, from }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shape = JSON.stringify([lines.map(({ label, color, band }) => [label, color, Boolean(band)]), isTime, height]);
  const data = dataOf(x, lines);

  useEffect(() => {
    const element = place.current!;
    const draw = () => {
      plot.current?.destroy();
      const options = optionsOf(element, {
        label,
        x,
        lines,
        height,
        isTime,
        says,
        ...(from !== undefined && { from }),
      });
      plot.current = new uPlot(options, data, element);
    };
    draw();
    const wide = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    wide.observe(element);
    const light = matchMedia('(prefers-color-scheme: dark)');
    light.addEventListener('change', draw);
    return () => {
      wide.disconnect();
      light.removeEventListener('change', draw);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(data), [x, lines]);

  const last = lines.map(({ label, values }) => `${label} ${saidLast(values, says)}`).join(', ');
  return <div class="chart" ref={place} role="img" aria-label={`${label}: ${last}`} />;
}

function dataOf(x: readonly number[], lines: readonly Line[]): uPlot.AlignedData {
  const columns = lines.flatMap(({ values, band }) => (band ? [values, band.high, band.low] : [values]));
  return [[...x], ...columns.map(column => [...column])];
}

function optionsOf(element: HTMLElement, { lines, height, isTime, says, from }: ChartProps): uPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  for (const line of lines) {
    const stroke = color(line.color);
    series.push({
      ...{ label: line.label, stroke, width: 2, spanGaps: true },
      ...(line.isDashed && { dash: [6, 4] }),
      points: { show: line.hasPoints ?? false, size: 6, fill: stroke },
      value: (_, value) => (value === null ? '–' : says(value)),
    });
    if (!line.band) continue;
    const edge = { stroke: 'transparent', width: 0, points: { show: false } };
    series.push({ ...edge, label: '' }, { ...edge, label: '' });
    bands.push({
      series: [series.length - 2, series.length - 1],
      fill: `color-mix(in srgb, ${stroke} 18%, transparent)`,
    });
  }
  const axis = {
    stroke: color('--faint'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
    font: `12px ${style.fontFamily}`,
  };
  return {
    ...{ width: element.clientWidth, height: height ?? 200, series, bands },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 76,
        ...(isTime && { values: (_: uPlot, at: number[]) => at.map(each => moment(each, at)) }),
      },
      { ...axis, size: 62, values: (_, values) => values.map(says) },
    ],
    scales: { x: { time: isTime ?? true }, y: { range: (_, low, high) => rangeOf(low, high, from) } },
    legend: { show: false },
    cursor: { y: false, points: { size: 8 }, drag: { x: false, y: false } },
    padding: [8, 8, 0, 0],
    plugins: [tooltip(lines, says, isTime ?? true)],
  };
}

/** A time of a day by its seconds, minutes or day, as those beside it need. */
function moment(at_s: number, all: readonly number[]): string {
  const step_s = all.length > 1 ? all[1]! - all[0]! : 60;
  const at = new Date(at_s * 1_000);
  if (step_s >= 43_200) return at.toLocaleDateString('en', { month: 'short', day: 'numeric' });
  return at.toTimeString().slice(0, step_s < 60 ? 8 : 5);
}

function rangeOf(low: number | null, high: number | null, from: number | undefined): uPlot.Range.MinMax {
  if (low === null || high === null) return [0, 1];
  const room = (high - Math.min(low, from ?? low)) * 0.08 || Math.abs(high) * 0.1 || 1;
  return [from ?? low - room, high + room];
}

/** What stands under the pointer, as text beside it. */
function tooltip(lines: readonly Line[], says: (value: number) => string, isTime: boolean): uPlot.Plugin {
  const box = document.createElement('div');
  box.className = 'tip';
  box.hidden = true;
  const names = lines.flatMap(({ label, band }) => (band ? [label, '', ''] : [label]));
  return {
    hooks: {
      init: plot => plot.over.append(box),
      setCursor: plot => {
        const { idx, left = 0 } = plot.cursor;
        box.hidden = idx === null || idx === undefined || left < 0;
        if (box.hidden) return;
        const x = plot.data[0][idx!]!;
        const at = isTime ? new Date(x * 1_000).toTimeString().slice(0, 8) : String(x);
        const rows = names.flatMap((name, n) => {
          const value = plot.data[n + 1]![idx!];
          return name === '' || value === null || value === undefined ? [] : [`${name}  ${says(value)}`];
        });
        box.textContent = [at, ...rows].join('\n');
        const isRight = left > plot.over.clientWidth / 2;
        box.style.left = isRight ? 'auto' : `${left + 12}px`;
        box.style.right = isRight ? `${plot.over.clientWidth - left + 12}px` : 'auto';
      },
    },
  };
}

function saidLast(values: readonly (number | null)[], says: (value: number) => string): string {
  const last = values.findLast(value => value !== null);
  return last === undefined || last === null ? 'none yet' : says(last);
}

/** What the lines' colours mean. */
export function Legend({ lines }: { lines: readonly Pick<Line, 'label' | 'color' | 'isDashed'>[] }) {
  return (
    <ul class="legend">
      {lines.map(({ label, color, isDashed }) => (
        <li key={label}>
          <i class={isDashed ? 'dashed' : ''} style={{ color: `var(${color})` }} />
          {label}
        </li>
      ))}
    </ul>
  );
}
