import { addTo, countsAt, ITEM_COUNTS, USER_COUNTS } from '../../models/features/counts.ts';
import { tasteOf } from '../../models/features/taste.ts';
import { applyToUser } from '../../models/features/users.ts';
import { FEATURE_NAMES, fillVector } from '../../models/features/vector.ts';
import { Product, type ShopEvent } from '../../schemas/events.ts';
import type { Counts, UserState } from '../../schemas/features.ts';
import { type Item, toProduct } from '../../test/sim/items.ts';

/** What a ranker is given for a user and some items: [items, F], and the items of the user's events, newest first. */
export interface Look {
  features: Float32Array;
  history: string[];
}

/** What the jobs would know of users and items at a time, by their own reducers. */
export class ShopState {
  readonly #products: ReadonlyMap<string, Product>;
  readonly #users = new Map<string, UserState>();
  readonly #items = new Map<string, Counts>();
  #coming: ShopEvent[] = [];

  constructor(items: readonly Item[], opened_ms: number) {
    this.#products = new Map(items.map(item => [item.item, Product.parse(toProduct(item, opened_ms))]));
  }

  /** These count from their own time on. */
  expect(events: readonly ShopEvent[]): void {
    this.#coming.push(...events);
  }

  /** What is known at this time, which is never earlier than it was at the last look. */
  look(user: string, items: readonly string[], now_ms: number): Look {
    this.#advance(now_ms);
    const state = this.#users.get(user);
    const taste = tasteOf(state, item => this.#products.get(item));
    const userCounts = countsAt(state, USER_COUNTS, now_ms);
    const features = new Float32Array(items.length * FEATURE_NAMES.length);
    for (const [row, item] of items.entries()) {
      const itemCounts = countsAt(this.#items.get(item), ITEM_COUNTS, now_ms);
      const product = this.#products.get(item);
      fillVector({ userCounts, itemCounts, taste, item, product }, features, row * FEATURE_NAMES.length);
    }
    return { features, history: state?.recent.map(event => event.item) ?? [] };
  }

  #advance(now_ms: number): void {
    const due = this.#coming.filter(event => event.at_ms <= now_ms);
    if (due.length === 0) return;
    this.#coming = this.#coming.filter(event => event.at_ms > now_ms);
    for (const event of due) this.#count(event);
  }

  #count(event: ShopEvent): void {
    const state = applyToUser(this.#users.get(event.user), event);
    if (!state) return;
    this.#users.set(event.user, state);
    if (!('item' in event)) return;
    const counts = this.#items.get(event.item) ?? { at_ms: event.at_ms, sums: [] };
    this.#items.set(event.item, addTo(counts, ITEM_COUNTS, event));
  }
}
