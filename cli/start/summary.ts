import type { Store } from '../../schemas/clickhouse.ts';
import type { Board } from '../../streams/board.ts';
import { type ClickRate, clickRate } from '../../test/sim/rates.ts';
import type { Tally } from '../../test/sim/tally.ts';
import { checksOf, checksSaid } from '../features/consistency.ts';
import { verdictTable } from '../learning/retrain.ts';
import { table } from '../output.ts';
import { beyondAccuracy, type ListFigures } from './beyond-accuracy.ts';
import type { Told } from './story.ts';

/** All checks of features since the start, for it takes some minutes. */
const CHECKED_HOURS = 1;

/** What `temper start --once --json` prints. */
export type Summary = Awaited<ReturnType<typeof summarise>>;

export async function summarise(source: { told: Told; board: Board; tally: Tally; store: Store; restarts: number }) {
  const { told, board, tally, store, restarts } = source;
  const { before, result, after } = told;
  const seen = tally.snapshot();
  const stored = await store.query<{ table: string; rows: string }>(
    `SELECT 'features' AS table, (SELECT count() FROM user_features) + (SELECT count() FROM item_features) AS rows
     UNION ALL SELECT 'examples', (SELECT count() FROM examples FINAL)
     UNION ALL SELECT 'dead_letters', (SELECT count() FROM dead_letters FINAL)`,
  );
  const rows = (name: string) => Number(stored.find(row => row.table === name)?.rows ?? 0);
  const rates = {
    random: clickRate(tally, { phase: 'after', arm: 'explore' }),
    popularity: clickRate(tally, { phase: 'after', arm: 'control' }),
    before: clickRate(tally, { phase: 'before', arm: 'champion' }),
    after: clickRate(tally, { phase: 'after', arm: 'champion', model: after }),
  };
  const failed_during_swap = board.count('scorer', 'failed_scores') + tally.snapshot('during').unanswered;
  const summary = {
    events: board.count('features', 'events'),
    lists: board.count('scorer', 'lists'),
    unanswered: seen.unanswered,
    feature_rows: rows('features'),
    examples: rows('examples'),
    dead_letters: rows('dead_letters'),
    champion_before: before,
    champion_after: after,
    gate: { passed: result.verdict.passed, metrics: result.verdict.metrics, checks: result.verdict.checks },
    click_rate: {
      random: rates.random.rate,
      popularity: rates.popularity.rate,
      before: rates.before.rate,
      after: rates.after.rate,
      after_low: rates.after.low,
      after_high: rates.after.high,
      random_high: rates.random.high,
      popularity_high: rates.popularity.high,
      impressions: {
        random: rates.random.impressions,
        popularity: rates.popularity.impressions,
        after: rates.after.impressions,
      },
    },
    beyond_accuracy: await beyondAccuracy(store, after),
    consistency: await checksOf(store, CHECKED_HOURS),
    list_ms: board.timing('scorer', 'list') ?? { p50: null, p99: null },
    storefront_list_ms: seen.list_ms,
    click_to_feature_ms: board.timing('scorer', 'click_to_feature') ?? { p50: null, p99: null },
    promotion_to_first_list_ms: board.gauge('scorer', 'promotion_to_first_list_ms'),
    failed_during_swap,
    restarts,
  };
  return { ...summary, failures: failures(told, rates, { unanswered: seen.unanswered, failed_during_swap }) };
}

interface Rates {
  random: ClickRate;
  popularity: ClickRate;
  after: ClickRate;
}

/** What did not go as it should, each in a sentence. */
function failures(
  { result, after }: Told,
  rates: Rates,
  counts: { unanswered: number; failed_during_swap: number },
): string[] {
  const found: string[] = [];
  const refused = result.verdict.checks.filter(check => !check.passed).map(check => `${check.name}: ${check.reason}`);
  if (!result.promoted) found.push(`the gate refused the model: ${refused.join('; ')}`);
  else if (after !== result.model) found.push(`${result.model} was promoted, but ${after} serves`);
  else if (rates.after.low <= Math.max(rates.popularity.rate, rates.random.rate)) {
    found.push("the promoted model's click rate is not clearly above popularity's and random's");
  }
  if (counts.unanswered > 0) found.push(`${counts.unanswered} requests were not answered`);
  if (counts.failed_during_swap > 0) found.push(`${counts.failed_during_swap} requests failed during the swap`);
  return found;
}

/** The summary for people. */
export function tell(summary: Summary): string {
  const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
  const { click_rate: rate } = summary;
  return [
    table([
      ['events', String(summary.events)],
      ['lists', `${summary.lists}, unanswered ${summary.unanswered}`],
      ['examples', String(summary.examples)],
      ['champion', `${summary.champion_before} -> ${summary.champion_after}`],
      ['click rate in random order', percent(rate.random)],
      ['click rate by popularity', percent(rate.popularity)],
      ['click rate of the champion before', percent(rate.before)],
      [
        'click rate of the promoted model',
        `${percent(rate.after)} (95 % interval ${percent(rate.after_low)} to ${percent(rate.after_high)})`,
      ],
      ['lists of the champion', inWords(summary.beyond_accuracy.champion)],
      ['lists by popularity', inWords(summary.beyond_accuracy.popularity)],
      ['features', checksSaid(summary.consistency)],
      ['list, p50 and p99', `${summary.list_ms.p50?.toFixed(1)} and ${summary.list_ms.p99?.toFixed(1)} ms`],
      [
        'click to feature, p50 and p99',
        `${summary.click_to_feature_ms.p50?.toFixed(0)} and ${summary.click_to_feature_ms.p99?.toFixed(0)} ms`,
      ],
      ['promotion to first list', `${summary.promotion_to_first_list_ms} ms, ${summary.failed_during_swap} failed`],
    ]),
    '',
    verdictTable(summary.gate),
  ].join('\n');
}

function inWords({ coverage, novelty_bits, diversity, exposure_gini }: ListFigures): string {
  const share = (value: number | null) => (value === null ? 'unknown' : value.toFixed(2));
  const bits = novelty_bits === null ? 'unknown' : `${novelty_bits.toFixed(1)} bits`;
  return `coverage ${share(coverage)}, novelty ${bits}, diversity ${share(diversity)}, Gini ${share(exposure_gini)}`;
}
