import { createLogUpdate } from 'log-update';
import color from 'picocolors';
import type { JobReport } from '../../schemas/topics/operations.ts';
import { type Board, HEADLINE } from '../../streams/board.ts';
import { clickRate, type Filter } from '../../test/sim/rates.ts';
import type { Tally } from '../../test/sim/tally.ts';
import { table } from '../output.ts';

export interface Scene {
  board: Board;
  tally?: Tally;
  /** What the retraining does, in words. */
  workflow(): string;
  /** Where to look further. */
  links(): Record<string, string>;
}

/** Draws what flows, twice a second on a terminal; elsewhere a line every ten seconds. */
export function showLive(scene: Scene): { stop(): void } {
  if (!process.stderr.isTTY) {
    const timer = setInterval(() => process.stderr.write(`${oneLine(scene)}\n`), 10_000);
    return { stop: () => clearInterval(timer) };
  }
  const screen = createLogUpdate(process.stderr); // standard output is for the result
  const draw = () => screen(picture(scene, Date.now()));
  const timer = setInterval(draw, 500);
  return {
    stop() {
      clearInterval(timer);
      draw();
      screen.done();
    },
  };
}

function oneLine({ board, tally, workflow }: Scene): string {
  const seen = tally?.snapshot();
  const parts = [
    `events ${board.count('features', 'events')}`,
    `lists ${board.count('scorer', 'lists')}`,
    `examples ${board.count('outcomes', 'examples')}`,
    seen ? `p99 ${seen.list_ms.p99.toFixed(0)} ms, unanswered ${seen.unanswered}` : '',
    `champion ${championSaid(board)}`,
    workflow(),
  ];
  return parts.filter(Boolean).join(' · ');
}

/** Who is champion, as scorers have it: also where one that was refused left the lists to popularity. */
export function championSaid(board: Board): string {
  return board.note('scorer', 'champion') ?? 'none: popularity orders';
}

function picture(scene: Scene, now_ms: number): string {
  const { board, tally, links } = scene;
  const blocks = [
    `${color.bold('Temper')}  ${color.dim('Ctrl-C stops everything cleanly')}`,
    table([['JOB', 'DONE', 'LAG', 'P50 ms', 'P99 ms', ''], ...board.reports(now_ms).map(jobRow)]),
    tally ? table(rateRows(tally)) : '',
    `${color.cyan('retraining')}  ${scene.workflow()}`,
    table(Object.entries(links()).map(([name, link]) => [color.dim(name), link])),
  ];
  return blocks.filter(Boolean).join('\n\n');
}

export function jobRow(report: JobReport): string[] {
  const { count, timing } = HEADLINE[report.job] ?? { count: '' };
  const quantiles = timing === undefined ? undefined : report.timings[timing];
  const lag = Object.values(report.lag).reduce((sum, records) => sum + records, 0);
  return [
    report.job,
    count === '' ? '' : `${report.counts[count] ?? 0} ${count.replace('rows.', 'rows of ')}`,
    String(lag),
    quantiles?.p50.toFixed(1) ?? '',
    quantiles?.p99.toFixed(1) ?? '',
    Object.entries(report.notes)
      .map(([name, text]) => `${name} ${text}`)
      .join(', '),
  ];
}

function rateRows(tally: Tally): string[][] {
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const row = (name: string, filter: Filter) => {
    const { rate, low, high, impressions } = clickRate(tally, filter);
    return [name, percent(rate), `${percent(low)} to ${percent(high)}`, String(impressions)];
  };
  const models = new Set(tally.lines.filter(line => line.arm === 'champion').map(line => line.model));
  return [
    ['CLICK RATE', '', '95 % interval', 'impressions'],
    row('in random order', { arm: 'explore' }),
    row('by popularity (control users)', { arm: 'control' }),
    ...[...models].map(model => row(`by ${model}`, { arm: 'champion', model })),
  ];
}
