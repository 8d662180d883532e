import { createHistogram } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { printResult, table } from '../../cli/output.ts';
import { type Cells, noCells, REDUCERS } from '../../models/features/aggregates/reducer.ts';
import { noUser } from '../../models/features/states.ts';
import { tasteOf } from '../../models/features/taste.ts';
import { askerOf, FEATURE_NAMES, fillVectors } from '../../models/features/vector.ts';
import { random } from '../../models/random.ts';
import { Product, type ShopEvent } from '../../schemas/topics/events.ts';
import { ByteWriter } from '../../streams/features/log/bytes.ts';
import { type Entity, ITEMS as ITEM_STATES, USERS as USER_STATES } from '../../streams/features/log/entities.ts';
import { writeSnapshot } from '../../streams/features/log/snapshot.ts';
import { States } from '../../test/sim/states.ts';

/**
 * The features without Kafka: events a CPU-second through the reducers of users and items, beside `JSON.parse` of the
 * same events in turns; what the records of the states take; and the vectors of 500 candidates.
 */
const { values } = parseArgs({ options: { json: { type: 'boolean' }, rounds: { type: 'string', default: '7' } } });

const EVENTS = 100_000;
const USERS = 20_000;
const ITEMS = 5_000;
const CANDIDATES = 500;
const REQUESTS = 300;

const parsing: number[] = [];
const reducing: number[] = [];
const states = new States();
for (let round = -2; round < Number(values.rounds); round++) {
  const lines = makeLines(round + 2);
  let events: ShopEvent[] = [];
  const parse_us = cpuOf(() => {
    events = lines.map(line => JSON.parse(line) as ShopEvent);
  });
  const reduce_us = cpuOf(() => reduce(events));
  if (round < 0) continue; // while V8 compiles, and the states begin
  parsing.push((EVENTS / parse_us) * 1e6);
  reducing.push((EVENTS / reduce_us) * 1e6);
}

const vectors_ms = vectorTimes();

const figures = {
  features: FEATURE_NAMES.length,
  reduced_per_cpu_second: spread(reducing),
  parsed_per_cpu_second: spread(parsing),
  cells_bytes: { user: noUser().cells.byteLength, item: noCells(REDUCERS.item).cells.byteLength },
  record_bytes: { user: packedBytes(USER_STATES, states.users), item: packedBytes(ITEM_STATES, states.items) },
  vectors_of_500_ms: vectors_ms,
};
printResult(figures, values.json, () =>
  table([
    ['reducers', `${said(reducing)} events a CPU-second`, `JSON.parse alone: ${said(parsing)}`],
    ['records', `${figures.record_bytes.user} and ${figures.record_bytes.item} bytes`, 'of a user and of an item'],
    ['500 candidates', `p50 ${vectors_ms.p50}, p99 ${vectors_ms.p99} ms`, `${FEATURE_NAMES.length} features each`],
  ]),
);

/** Nine of ten are impressions; users and items are met in random order, as in a large shop. */
function makeLines(round: number): string[] {
  const { below } = random(1, round);
  const start_ms = Date.now() - 86_400_000 + round * EVENTS * 20;
  return Array.from({ length: EVENTS }, (_, n) => {
    const on = { user: `u${below(USERS)}`, session: `s${n % 5_000}`, item: `i${below(ITEMS)}`, list: `l${n}` };
    const type = below(10) === 0 ? 'click' : 'impression';
    return JSON.stringify({ v: 1, id: `e${round}-${n}`, type, at_ms: start_ms + n * 20, ...on, position: n % 10 });
  });
}

function reduce(events: readonly ShopEvent[]): void {
  for (const event of events) states.take(event);
}

/** Of requests of different users at different times, in CPU time. */
function vectorTimes(): { p50: number; p99: number } {
  const now_ms = Date.now();
  const products = new Map(
    Array.from({ length: ITEMS }, (_, n) => {
      const about = { title: `thing ${n % 50} of ${n % 7}`, category: `c${n % 40}`, brand: `b${n % 90}`, price: 1 + n };
      return [`i${n}`, Product.parse({ v: 1, item: `i${n}`, at_ms: now_ms, ...about })];
    }),
  );
  const product = (item: string) => products.get(item);
  const into = new Float32Array(CANDIDATES * FEATURE_NAMES.length);
  const histogram = createHistogram();
  const ids = [...products.keys()];
  for (const [n, state] of [...states.users.values()].slice(0, REQUESTS * 2).entries()) {
    const cpu_us = cpuOf(() => {
      const asker = askerOf({ at_ms: now_ms + n, user: 'u1', session: 's1' }, state, tasteOf(state, product), product);
      const candidate = (row: number) => {
        const item = ids[(n * 37 + row) % ITEMS]!;
        return { item, state: states.items.get(item), product: product(item) };
      };
      fillVectors(asker, CANDIDATES, candidate, into);
    });
    if (n >= REQUESTS) histogram.record(Math.max(1, cpu_us));
  }
  const quantile = (p: number) => histogram.percentile(p) / 1e3;
  return { p50: quantile(50), p99: quantile(99) };
}

function cpuOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function spread(rates: readonly number[]): { median: number; least: number; most: number } {
  const sorted = rates.map(Math.round).sort((a, b) => a - b);
  return { median: sorted[sorted.length >> 1]!, least: sorted[0]!, most: sorted.at(-1)! };
}

function said(rates: readonly number[]): string {
  const { median, least, most } = spread(rates);
  return `${median} (${least} to ${most})`;
}

/** What a key takes in a snapshot. */
function packedBytes<S extends Cells>({ format }: Entity<S>, states: ReadonlyMap<string, S>): number {
  const entries = Array.from(states, ([key, state]) => ({ key, state }));
  return Math.round(
    writeSnapshot(new ByteWriter(), format, { bucket: 0, log: 0, generation: 0, next: [] }, entries).length /
      entries.length,
  );
}
