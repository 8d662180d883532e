import { Arm } from '../../schemas/topics/ranking.ts';
import type { JobName } from '../graph.ts';

/** How a measure of a job's report is told to Prometheus: https://prometheus.io/docs/practices/naming/. */
interface Measure {
  metric: string;
  help: string;
  /** The jobs that measure it: what nobody counted yet stands at 0 there, or its first increase could not be seen. */
  by: readonly JobName[];
  labels?: Readonly<Record<string, string>>;
  /** Of a name that ends with `.*`: the label that has what stands in the star's place. It is one of a few. */
  label?: string;
  /** All that it may say, where this is known beforehand: each stands at 0 until it is counted. */
  values?: readonly string[];
  /** From the report's unit to Prometheus's, where they differ. */
  scale?: number;
}

interface Timing extends Measure {
  /** Upper bounds in seconds. */
  buckets_s: readonly number[];
}

const FEATURES = ['features'] as const;
const SCORER = ['scorer'] as const;
const SINKS = ['sinks'] as const;
const SUPPORT = ['support'] as const;
const ENRICH = ['enrich'] as const;
const WORKER = ['worker'] as const;
const CONSUMERS = ['pseudonyms', 'features', 'enrich', 'scorer', 'outcomes', 'billing', 'support', 'sinks'] as const;
const MS = 1e-3;
const MICROS = 1e-6;
const SERVING_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const model = (what: string, metric: string) => ({
  champion: { metric, help: what, by: SCORER, labels: { role: 'champion' } },
  challenger: { metric, help: what, by: SCORER, labels: { role: 'challenger' } },
});
const SWAPS = model('Models that began to serve.', 'temper_model_swaps_total');
const FAILED = model('Lists that were ordered without a model because it failed.', 'temper_model_failures_total');
const REFUSED = model('Models that were refused as they were to be loaded.', 'temper_models_refused_total');
const AWAITED = model('Tries to load a model whose registry did not answer.', 'temper_model_waits_total');
const UNSIGNED = model('Records of models that were refused.', 'temper_model_records_refused_total');

/** What jobs count. */
export const COUNTS = {
  events: { metric: 'temper_events_total', help: 'Events that count in features.', by: FEATURES },
  duplicates: { metric: 'temper_events_duplicate_total', help: 'Copies of events, left out.', by: FEATURES },
  late: { metric: 'temper_events_late_total', help: 'Events older than the newest of their user.', by: FEATURES },
  too_late: {
    metric: 'temper_events_too_late_total',
    help: 'Events too old for a window of their user.',
    by: FEATURES,
  },
  too_fast: {
    metric: 'temper_events_too_fast_total',
    help: 'Events faster than a person, which count for no item.',
    by: FEATURES,
  },
  erased: {
    metric: 'temper_events_erased_total',
    help: 'Events that asked for the erasure of their user.',
    by: FEATURES,
  },
  withheld: {
    metric: 'temper_events_withheld_total',
    help: 'Events of which their users allow no features.',
    by: FEATURES,
  },
  refused: {
    metric: 'temper_records_refused_total',
    help: 'Records left out because they are not what their topic takes; each job that reads one counts it.',
    by: ['features', 'enrich', 'outcomes', 'billing'],
  },
  future: {
    metric: 'temper_events_future_total',
    help: 'Events refused because they are dated ahead of the clock of the broker.',
    by: FEATURES,
  },
  item_updates: { metric: 'temper_item_updates_total', help: 'Events applied to items.', by: FEATURES },
  item_updates_late: {
    metric: 'temper_item_updates_late_total',
    help: 'Events older than the newest of their item.',
    by: FEATURES,
  },
  item_updates_too_late: {
    metric: 'temper_item_updates_too_late_total',
    help: 'Events too old for a window of their item.',
    by: FEATURES,
  },
  dead_letters: {
    metric: 'temper_dead_letters_total',
    help: 'Records that were sent to the dead letters.',
    by: ['pseudonyms', 'scorer', 'sinks'],
  },
  renamed: {
    metric: 'temper_records_renamed_total',
    help: 'Events and requests that were passed on under a pseudonym.',
    by: ['pseudonyms'],
  },
  returned: {
    metric: 'temper_lists_returned_total',
    help: 'Lists that went back under the user who asked.',
    by: ['pseudonyms'],
  },
  lists: { metric: 'temper_lists_total', help: 'Ranked lists.', by: SCORER },
  'lists.late': {
    metric: 'temper_lists_late_total',
    help: 'Lists made without a model because their request had waited too long.',
    by: SCORER,
  },
  'lists.*': {
    metric: 'temper_lists_by_arm_total',
    help: 'Ranked lists by arm.',
    by: SCORER,
    label: 'arm',
    values: Arm.options,
  },
  late_query_vectors: {
    metric: 'temper_query_vectors_late_total',
    help: 'Searches by words alone because the vector of their query came too late.',
    by: SCORER,
  },
  swaps: SWAPS.champion,
  'challenger.swaps': SWAPS.challenger,
  failed_scores: FAILED.champion,
  'challenger.failed_scores': FAILED.challenger,
  refused_models: REFUSED.champion,
  'challenger.refused_models': REFUSED.challenger,
  awaited_models: AWAITED.champion,
  'challenger.awaited_models': AWAITED.challenger,
  refused_records: UNSIGNED.champion,
  'challenger.refused_records': UNSIGNED.challenger,
  'challenger.shadows': { metric: 'temper_shadows_total', help: 'Lists scored by a challenger unseen.', by: SCORER },
  'challenger.unshadowed': {
    metric: 'temper_shadows_skipped_total',
    help: 'Lists of a sample that the challenger did not score.',
    by: SCORER,
  },
  claims: {
    metric: 'temper_claims_total',
    help: 'Claims for ads that were made, or charged.',
    by: ['outcomes', 'billing'],
  },
  examples: { metric: 'temper_examples_total', help: 'Examples, amended ones again.', by: ['outcomes'] },
  rows: { metric: 'temper_example_items_total', help: 'Items of examples, amended ones again.', by: ['outcomes'] },
  'charges.*': { metric: 'temper_charges_total', help: 'Charges by verdict.', by: ['billing'], label: 'verdict' },
  billed_micros: {
    metric: 'temper_billed_units_total',
    help: 'Money charged for ads, in units of the currency.',
    by: ['billing'],
    scale: MICROS,
  },
  'rows.*': { metric: 'temper_archived_rows_total', help: 'Rows put into ClickHouse.', by: SINKS, label: 'table' },
  withdrawn: { metric: 'temper_products_withdrawn_total', help: 'Products withdrawn.', by: ENRICH },
  cached: { metric: 'temper_vectors_kept_total', help: 'Contents whose vector was there already.', by: ENRICH },
  encoded: { metric: 'temper_vectors_total', help: 'Contents that were encoded.', by: ENRICH },
  'encoded.*': {
    metric: 'temper_vectors_by_modality_total',
    help: 'Contents that were encoded, by modality.',
    by: ENRICH,
    label: 'modality',
  },
  'broken.*': {
    metric: 'temper_contents_broken_total',
    help: 'Contents that could not be encoded.',
    by: ENRICH,
    label: 'modality',
  },
  'answers.*': {
    metric: 'temper_answers_total',
    help: 'Answers to questions by outcome.',
    by: SUPPORT,
    label: 'outcome',
  },
  dropped: {
    metric: 'temper_sentences_dropped_total',
    help: 'Sentences left out of answers because no source carries them.',
    by: SUPPORT,
  },
  ratings: { metric: 'temper_answer_ratings_total', help: 'Ratings of answers.', by: SUPPORT },
  'ratings.sum': { metric: 'temper_answer_rating_points_total', help: 'Sum of the ratings of answers.', by: SUPPORT },
  unranked: {
    metric: 'temper_answers_unranked_total',
    help: 'Answers whose products the scorer did not rank in time.',
    by: SUPPORT,
  },
  generator_failed: {
    metric: 'temper_generator_failures_total',
    help: 'Answers made without the generator because it failed.',
    by: SUPPORT,
  },
  orders_unknown: {
    metric: 'temper_orders_unknown_total',
    help: 'Questions about orders to which the archive did not answer.',
    by: SUPPORT,
  },
  'watch_looks.*': {
    metric: 'temper_watch_looks_total',
    help: 'Looks at the champion, by what is to follow.',
    by: WORKER,
    label: 'act',
    values: ['none', 'alert', 'retrain', 'rollback'],
  },
  'failed_batches.*': {
    metric: 'temper_failed_batches_total',
    help: 'Batches that failed and are read again, by topic.',
    by: CONSUMERS,
    label: 'topic',
  },
} as const satisfies Record<string, Measure>;

const FIRST_LIST = model('From a promotion to the first list by it.', 'temper_promotion_to_first_list_seconds');

/** What jobs hold or last saw. */
export const GAUGES = {
  users: { metric: 'temper_users', help: 'Users in memory.', by: ['features', 'scorer'] },
  items: { metric: 'temper_items', help: 'Items in memory.', by: ['features', 'enrich'] },
  products: { metric: 'temper_products', help: 'Products in memory.', by: ['scorer', 'support'] },
  products_unpriced: {
    metric: 'temper_products_unpriced',
    help: 'Products without a known price because no rate says what their currency is worth.',
    by: SCORER,
  },
  open_lists: { metric: 'temper_open_lists', help: 'Lists that wait for outcomes.', by: ['outcomes'] },
  passages: { metric: 'temper_passages', help: 'Passages from which questions are answered.', by: SUPPORT },
  watch_looked_ms: {
    metric: 'temper_watch_last_look_timestamp_seconds',
    help: 'Unix time of the last look at the champion by this worker, or of its start.',
    by: WORKER,
    scale: MS,
  },
  watch_every_ms: {
    metric: 'temper_watch_interval_seconds',
    help: 'How often the champion is to be looked at.',
    by: WORKER,
    scale: MS,
  },
  promotion_to_first_list_ms: { ...FIRST_LIST.champion, scale: MS },
  'challenger.promotion_to_first_list_ms': { ...FIRST_LIST.challenger, scale: MS },
} as const satisfies Record<string, Measure>;

/** What jobs time; the report has milliseconds. */
export const TIMINGS = {
  list: {
    metric: 'temper_list_duration_seconds',
    help: 'From the request in its topic to the acknowledged list.',
    by: SCORER,
    buckets_s: SERVING_S,
  },
  click_to_feature: {
    metric: 'temper_click_to_feature_seconds',
    help: 'From an event in its topic to the features in the memory of a scorer.',
    by: SCORER,
    buckets_s: SERVING_S,
  },
  'challenger.shadow': {
    metric: 'temper_shadow_duration_seconds',
    help: 'Scoring of a list by a challenger unseen.',
    by: SCORER,
    buckets_s: SERVING_S,
  },
  answer: {
    metric: 'temper_answer_duration_seconds',
    help: 'From the question in its topic to its answer.',
    by: SUPPORT,
    buckets_s: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  },
  'encode.*': {
    metric: 'temper_encode_duration_seconds',
    help: 'Encoding of one content, of those of a batch.',
    by: ENRICH,
    label: 'modality',
    buckets_s: SERVING_S,
  },
} as const satisfies Record<string, Timing>;

/** `rows.*` stands for `rows.events` and all of its kind. */
type Named<K> = K extends `${infer Family}.*` ? `${Family}.${string}` : K;
export type CountName = Named<keyof typeof COUNTS>;
export type TimingName = Named<keyof typeof TIMINGS>;
export type GaugeName = Named<keyof typeof GAUGES>;

/** The row of a name, and the labels that go with it. */
export function measured<M extends Measure>(
  table: Readonly<Record<string, M>>,
  name: string,
): { measure: M; labels: Record<string, string> } | undefined {
  const own = table[name];
  if (own) return { measure: own, labels: { ...own.labels } };
  const dot = name.indexOf('.');
  const family = table[`${name.slice(0, dot)}.*`];
  return family && { measure: family, labels: { ...family.labels, [family.label!]: name.slice(dot + 1) } };
}
