import { printResult, table } from '../../cli/output.ts';
import { COSTS, type Costs } from './costs.ts';

/** A shop of which the numbers are made: assumptions, none of them measured. */
export const SHOP = {
  /** Impressions and what is done with them, for each list that is asked for. */
  events_per_list: 10,
  items_per_list: 9,
  /** Users of whom something is known, for each event a second: 86 events a day of each. */
  users_per_event: 1_000,
  most_users: 1_000_000_000,
};

/** How many there have to be, or how much it is. */
export type Need = { part: string } & ({ many: number } | { amount: string });

const DAY_S = 86_400;
const KEPT_DAYS = 7;
/** So much of what one was seen to carry is asked of it. */
const HEADROOM = 0.5;
/** Of a machine on which a scorer is. */
const MEMORY_BYTES = 64e9;

/** @param rate events a second */
export function needsAt(rate: number, costs: Costs = COSTS, shop = SHOP): Need[] {
  const lists = rate / shop.events_per_list;
  const examples = lists * shop.items_per_list;
  const users = Math.min(shop.most_users, rate * shop.users_per_event);
  const enough = (load: number) => Math.max(1, Math.ceil(load / HEADROOM));
  const features = enough(rate / costs.features_events_per_second);
  const scorers = enough((lists * costs.scorer_cpu_ms_per_list) / 1_000);
  const following = rate / costs.scorer_follows_events_per_cpu_second;
  const state = users * costs.state_bytes_per_user;
  const archived =
    rate * costs.clickhouse_bytes_per_event +
    lists * costs.clickhouse_bytes_per_list +
    examples * costs.clickhouse_bytes_per_example;
  const logged = rate * costs.log_bytes_per_event * (1 + costs.snapshot_bytes_per_log_byte);
  const listed = costs.kafka_bytes_per_list + costs.kafka_bytes_per_examples;
  const answered = lists * (costs.kafka_bytes_per_request + listed);
  const kept = (rate * costs.kafka_bytes_per_event + lists * listed) * KEPT_DAYS * DAY_S;
  const restore = (users / 1e6) * costs.restore_cpu_seconds_per_million_users;
  return [
    { part: 'processes of `features`', many: features },
    { part: 'processes of `sinks`, for events', many: enough(rate / costs.sinks_rows_per_second) },
    { part: 'processes of `scorer`', many: scorers },
    { part: 'partitions: no process without one', many: Math.max(features, scorers) },
    { part: 'of a core of each scorer, to follow all users', amount: `${Number((100 * following).toPrecision(2))} %` },
    {
      part: 'cores of ClickHouse, to insert events',
      many: enough((rate / 1e6) * costs.clickhouse_cpu_seconds_per_million),
    },
    { part: 'ClickHouse, rows a day', amount: thousands((rate + lists + examples) * DAY_S) },
    { part: 'ClickHouse, bytes a day', amount: bytes(archived * DAY_S) },
    { part: 'Kafka, events', amount: `${bytes(rate * costs.kafka_bytes_per_event)}/s` },
    { part: 'Kafka, requests, lists, examples', amount: `${bytes(answered)}/s` },
    { part: 'Kafka, log and snapshots of features', amount: `${bytes(logged)}/s` },
    { part: 'Kafka, kept for 7 days', amount: bytes(kept) },
    { part: 'users of whom something is known', amount: thousands(users) },
    { part: 'their states, in each scorer', amount: bytes(state) },
    { part: 'CPU to restore them', amount: `${thousands(restore)} s` },
  ];
}

/** From how many events a second on one of a part is not enough, the first to give first. */
export function firstToGive(costs: Costs = COSTS, shop = SHOP): { part: string; rate: number }[] {
  return [
    { part: 'one scorer, to follow all users', rate: costs.scorer_follows_events_per_cpu_second },
    { part: 'one scorer, to answer', rate: (shop.events_per_list * 1_000) / costs.scorer_cpu_ms_per_list },
    {
      part: 'one scorer, to have all states in 64 GB',
      rate: MEMORY_BYTES / (costs.state_bytes_per_user * shop.users_per_event),
    },
    { part: 'one process of the feature job', rate: costs.features_events_per_second },
    { part: 'one process of the sinks', rate: costs.sinks_rows_per_second },
    { part: 'one core of ClickHouse', rate: 1e6 / costs.clickhouse_cpu_seconds_per_million },
  ].sort((a, b) => a.rate - b.rate);
}

/** Events a second of a small shop, of a large one, and of more than anybody has. */
export const RATES = [1_000, 100_000, 10_000_000];

export function printNeeds(json: boolean): void {
  const rates = RATES.map(rate => ({ events_per_second: rate, needs: needsAt(rate) }));
  printResult({ costs: COSTS, shop: SHOP, rates, firstToGive: firstToGive() }, json, needsInColumns);
}

export function needsInColumns(): string {
  const all = RATES.map(rate => needsAt(rate));
  return table([
    ['EVENTS A SECOND', ...RATES.map(thousands)],
    ...all[0]!.map(({ part }, n) => [part, ...all.map(needs => told(needs[n]!))]),
    [],
    ['NOT ENOUGH FROM', 'ON'],
    ...firstToGive().map(({ part, rate }) => [part, `${thousands(rate)} events/s`]),
  ]);
}

export function told(need: Need): string {
  return 'many' in need ? String(need.many) : need.amount;
}

export function thousands(value: number): string {
  return spelled(value, [
    [1e12, ' trillion'],
    [1e9, ' billion'],
    [1e6, ' million'],
    [1e3, ' thousand'],
  ]);
}

function bytes(value: number): string {
  return spelled(value, [
    [1e15, ' PB'],
    [1e12, ' TB'],
    [1e9, ' GB'],
    [1e6, ' MB'],
    [1e3, ' KB'],
  ]);
}

/** Two digits: no cost is known better. */
function spelled(value: number, units: readonly (readonly [number, string])[]): string {
  const [unit, name] = units.find(([unit]) => value >= unit) ?? [1, ''];
  return `${Number((value / unit).toPrecision(2))}${name}`;
}
