import { createHash } from 'node:crypto';
import { setImmediate as breath } from 'node:timers/promises';
import { FEATURES_VERSION } from '../../../models/features/vector.ts';
import { shareOf } from '../../../models/hash.ts';
import type { Store } from '../../../schemas/clickhouse.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import type { Currencies } from '../../../schemas/policies/currencies.ts';
import { DEFAULT_POLICIES } from '../../../schemas/policies/policy.ts';
import { Made, Notes } from '../progress.ts';
import { ExampleMaker, type MadeExample } from './maker.ts';
import { insertExamples } from './rows.ts';
import { eventsOf, listsOf, planSlices, productsOf, type Slice } from './slices.ts';

export interface MakeOptions {
  store: Store;
  /** The files whose lists become examples; the states before them are made of all events that the table has. */
  topics: readonly string[];
  purchase_ms: number;
  /** What prices are worth; they are taken as they stand, if nothing is said. */
  currencies?: Currencies;
  signal: AbortSignal;
  onProgress(state: Progress): void;
  /** Users whose states are held at once, and events of a stretch; those of the limits, if nothing is said. */
  usersAtOnce?: number;
  eventsAtOnce?: number;
}

export interface Progress extends Made {
  parts: number;
  /** Events that were reduced, in all parts, and how many there are to reduce. */
  events: number;
  of: number;
}

/** Lists are looked over for those that are due after so many. */
const LISTS_BETWEEN = 5_000;
/** After so many the event loop hears of signals. */
const EVENTS_BETWEEN = 1_000;

/**
 * Features and examples of what was imported, user part by user part, each in the order of time: with more users
 * than may be held at once, all events are gone through several times, since items are shared by all. Examples
 * of a stretch are written before it is noted; who goes on counts the events before it again, and makes no example
 * of them.
 *
 * @returns how far it came; not `done` where the signal aborted
 */
export async function makeExamples(options: MakeOptions): Promise<Progress> {
  const { store, topics, purchase_ms } = options;
  const { from_ms, until_ms, users } = await spanOf(store, topics);
  const parts = Math.max(1, Math.ceil(users / (options.usersAtOnce ?? LIMITS.import_users_at_once)));
  const noted = await new Notes(store, Made).read(workOf(options, parts), { ...NOTHING });
  const { state } = noted;
  const slices = state.done ? [] : await planSlices(store, until_ms, options.eventsAtOnce);
  const progress = { parts, events: 0, of: parts * slices.reduce((sum, { events }) => sum + events, 0) };
  const tell = () => ({ ...state, ...progress });
  if (state.done) return tell();
  options.onProgress(tell());
  const products = await productsOf(store, options.currencies ?? DEFAULT_POLICIES.currencies);
  while (state.part < parts) {
    const { part } = state;
    const maker = new ExampleMaker({
      purchase_ms,
      product: item => products.get(item),
      isMine: user => Math.floor(shareOf(user) * parts) === part,
      done_ms: state.until_ms,
    });
    progress.events = (progress.of / parts) * part;
    const write = async (examples: readonly MadeExample[]) => {
      await insertExamples(store, workOf(options, parts), examples);
      maker.sent(examples);
      state.lists += examples.length;
      state.rows += examples.reduce((sum, { example }) => sum + example.items.length, 0);
    };
    for (const [n, slice] of slices.entries()) {
      // Lists begin in the archive's own time: before it there are only events of others to be counted.
      const withLists = slice.until_ms > Math.max(from_ms, state.until_ms);
      await reduce(maker, options, slice, withLists, write);
      if (options.signal.aborted) return tell();
      progress.events += slice.events;
      const last = n === slices.length - 1;
      if (withLists) await write(maker.due(last ? Number.POSITIVE_INFINITY : slice.until_ms));
      // Due are those whose window ends with the stretch, too.
      const until_ms = Math.max(state.until_ms, slice.until_ms - purchase_ms + 1);
      Object.assign(state, last ? { part: part + 1, until_ms: 0 } : { until_ms });
      if (withLists) await noted.write();
      options.onProgress(tell());
    }
  }
  state.done = true;
  await noted.write();
  return tell();
}

const NOTHING: Made = { part: 0, until_ms: 0, lists: 0, rows: 0, done: false };

/** What the examples depend on; another layout of the vectors, or another window, is other work. */
function workOf({ topics, purchase_ms }: MakeOptions, parts: number): string {
  const all = JSON.stringify([[...topics].sort(), FEATURES_VERSION, purchase_ms, parts]);
  return `examples.${createHash('sha256').update(all).digest('hex').slice(0, 16)}`;
}

async function spanOf(store: Store, topics: readonly string[]) {
  const [row] = await store.query<{ from_ms: string; until_ms: string; users: string }>(
    `SELECT toUnixTimestamp64Milli(min(at)) AS from_ms, toUnixTimestamp64Milli(max(at)) AS until_ms
     FROM (SELECT at FROM events WHERE topic IN {topics:Array(String)}
           UNION ALL SELECT at FROM ranked_lists WHERE topic IN {topics:Array(String)})`,
    { topics },
  );
  const until_ms = Number(row!.until_ms);
  const [known] = await store.query<{ n: string }>(
    'SELECT uniq(user) AS n FROM events WHERE at <= fromUnixTimestamp64Milli({until_ms:Int64})',
    { until_ms },
  );
  return { from_ms: Number(row!.from_ms), until_ms, users: Number(known!.n) };
}

/** A stretch of time through the maker: its lists, and between them its events. Left halfway where the signal aborts. */
async function reduce(
  maker: ExampleMaker,
  { store, topics, purchase_ms, signal }: MakeOptions,
  slice: Slice,
  withLists: boolean,
  write: (examples: readonly MadeExample[]) => Promise<void>,
): Promise<void> {
  const lists = withLists ? await listsOf(store, slice, topics, purchase_ms) : [];
  let [next, looked, taken] = [0, 0, 0];
  for (const event of await eventsOf(store, slice)) {
    for (; next < lists.length && lists[next]!.at_ms <= event.at_ms; next++) maker.takeList(lists[next]!);
    maker.takeEvent(event);
    if (++taken % EVENTS_BETWEEN === 0) await breath();
    if (signal.aborted) return;
    if (next - looked < LISTS_BETWEEN) continue;
    looked = next;
    await write(maker.due(event.at_ms));
  }
  for (; next < lists.length; next++) maker.takeList(lists[next]!);
}
