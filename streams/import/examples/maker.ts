import { factOf } from '../../../models/features/aggregates/facts.ts';
import { apply, noCells, REDUCERS } from '../../../models/features/aggregates/reducer.ts';
import { historyOf } from '../../../models/features/history.ts';
import {
  applyToUser,
  changeOf,
  isTooFast,
  type LiveItem,
  type LiveUser,
  noUser,
  type UserChange,
} from '../../../models/features/states.ts';
import { tasteOf } from '../../../models/features/taste.ts';
import { askerOf, FEATURE_NAMES, FEATURES_VERSION, fillVectors } from '../../../models/features/vector.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import { mayTeach } from '../../../schemas/topics/consent.ts';
import type { Product, ShopEvent } from '../../../schemas/topics/events.ts';
import type { Example, RankedList } from '../../../schemas/topics/ranking.ts';
import { OutcomeJoin, type Windows } from '../../outcomes/join.ts';

/** A list of the archive. What was logged with it counts where its vectors have today's layout; else it is made. */
export interface RecordedList
  extends Pick<RankedList, 'id' | 'at_ms' | 'user' | 'session' | 'surface' | 'model' | 'arm' | 'consent'> {
  features_version: string;
  history: string[];
  /** What was typed; empty where nothing was. */
  query: string;
  items: { item: string; position: number; propensity: number | null; features: number[] }[];
}

export interface MakerOptions {
  /** How long a list gathers what its user did; its example is made once, when all of it is known. */
  purchase_ms: number;
  product(item: string): Product | undefined;
  /** Whether a user belongs to the part in work: of the others only what they do to items is counted. */
  isMine(user: string): boolean;
  /** Lists from before this time are done. */
  done_ms: number;
}

/** An example whose items have their vectors here, in its order: [items, features], as the table holds them. */
export interface MadeExample {
  example: Example;
  vectors: Float32Array;
}

const WIDTH = FEATURE_NAMES.length;

/**
 * Examples from events and lists in the order of time, without I/O: the states that the feature job would have had at
 * each list, the vectors that the scorer would have logged, the join of the outcomes job. A list that is told in
 * the same millisecond as an event comes before it: who asks has not yet acted on the answer.
 */
export class ExampleMaker {
  readonly #options: MakerOptions;
  readonly #users = new Map<string, LiveUser>();
  readonly #items = new Map<string, LiveItem>();
  /** Of users of other parts the hashes of their last events' ids, and the dates of their newest on items, newest first. */
  readonly #others = new Map<string, { seen: number[]; dates: number[] }>();
  readonly #join: OutcomeJoin;
  /** Of the open lists. */
  readonly #vectors = new Map<string, ListVectors>();

  constructor(options: MakerOptions) {
    this.#options = options;
    const windows: Windows = { label_ms: options.purchase_ms, purchase_ms: options.purchase_ms };
    this.#join = new OutcomeJoin(windows);
  }

  takeEvent(event: ShopEvent): void {
    const fact = factOf(event);
    if (this.#options.isMine(event.user)) {
      if (event.at_ms >= this.#options.done_ms) this.#join.addEvent(event);
      const user = this.#users.get(event.user) ?? noUser();
      this.#users.set(event.user, user);
      const outcome = applyToUser(user, changeOf(event, fact));
      if (outcome === 'duplicate' || outcome === 'too fast') return;
    } else if (!this.#countsForItems(changeOf(event, fact), event.user)) return;
    if (!('item' in event)) return;
    const item = this.#items.get(event.item) ?? noCells(REDUCERS.item);
    this.#items.set(event.item, item);
    apply(REDUCERS.item, item, fact);
  }

  takeList(list: RecordedList): void {
    if (list.at_ms < this.#options.done_ms || !this.#options.isMine(list.user)) return;
    const { query: _query, items, ...known } = list;
    const logged = list.features_version === FEATURES_VERSION;
    // One that may not be learned from has no example, and yet what was clicked on it is bought for it.
    if (mayTeach(list)) this.#vectors.set(list.id, logged ? loggedVectors(list) : this.#vectorsAsOf(list));
    this.#join.addList({
      ...{ v: 1, candidates: items.length, index: {}, spent_ms: NOT_TIMED, ...known },
      ...(logged ? {} : { features_version: FEATURES_VERSION, history: historyOf(this.#users.get(list.user)) }),
      // What the join reads of an item: the vectors stand beside it.
      items: items.map(({ item, position, propensity }) => {
        return { item, position, propensity, score: 0, reason: 'recorded', features: [] };
      }),
    });
  }

  /** Examples of lists of which all is known at this time; the same ones until `sent`. */
  due(now_ms: number): MadeExample[] {
    this.#join.advanceTo(now_ms);
    return this.#join.due().map(example => ({ example, vectors: this.#vectorsOf(example) }));
  }

  sent(made: readonly MadeExample[]): void {
    this.#join.sent(made.map(({ example }) => example));
    for (const { example } of made) this.#vectors.delete(example.list);
  }

  /** The vectors that the scorer would have logged: [items, features]. */
  #vectorsAsOf({ user, at_ms, session, query, items }: RecordedList): ListVectors {
    const { product } = this.#options;
    const state = this.#users.get(user);
    const request = { at_ms, user, session, query: query === '' ? undefined : query };
    const asker = askerOf(request, state, tasteOf(state, product), product);
    const values = new Float32Array(items.length * WIDTH);
    const candidate = (place: number) => {
      const { item } = items[place]!;
      return { item, state: this.#items.get(item), product: product(item) };
    };
    fillVectors(asker, items.length, candidate, values);
    return { places: new Map(items.map(({ position }, place) => [position, place])), values };
  }

  /** Those of the items that were seen. */
  #vectorsOf({ list, items }: Example): Float32Array {
    const { places, values } = this.#vectors.get(list)!;
    const vectors = new Float32Array(items.length * WIDTH);
    for (const [row, { position }] of items.entries()) {
      const place = places.get(position)!;
      vectors.set(values.subarray(place * WIDTH, (place + 1) * WIDTH), row * WIDTH);
    }
    return vectors;
  }

  /** As `applyToUser` says, of what is remembered of a user for that alone. */
  #countsForItems({ id, fact: { at_ms }, recent }: UserChange, user: string): boolean {
    const { seen, dates } = this.#others.get(user) ?? { seen: [], dates: [] };
    this.#others.set(user, { seen, dates });
    if (seen.includes(id)) return false;
    if (seen.length === LIMITS.seen_events_per_user) seen.shift();
    seen.push(id);
    const fast = isTooFast(dates.length, dates.at(-1) ?? 0, at_ms);
    if (recent === undefined) return !fast;
    const place = dates.findIndex(date => date <= at_ms);
    dates.splice(place < 0 ? dates.length : place, 0, at_ms);
    if (dates.length > LIMITS.recent_events_per_user) dates.pop();
    return !fast;
  }
}

interface ListVectors {
  /** By position. */
  places: ReadonlyMap<number, number>;
  values: Float32Array;
}

function loggedVectors({ items }: RecordedList): ListVectors {
  const values = new Float32Array(items.length * WIDTH);
  for (const [place, { features }] of items.entries()) values.set(features.slice(0, WIDTH), place * WIDTH);
  return { places: new Map(items.map(({ position }, place) => [position, place])), values };
}

const NOT_TIMED = { queue: 0, candidates: 0, features: 0, score: 0 };
