import { historyOf } from '../../models/features/history.ts';
import { tasteOf } from '../../models/features/taste.ts';
import { askerOf, FEATURE_NAMES, fillVectors } from '../../models/features/vector.ts';
import { Product, type ShopEvent } from '../../schemas/topics/events.ts';
import { type Item, toProduct } from '../../test/sim/items.ts';
import { States } from '../../test/sim/states.ts';

/** What a ranker is given for a user and some items: [items, F], and what the user took, newest first. */
export interface Look {
  features: Float32Array;
  history: string[];
}

/** What the jobs would know of users and items at a time, by their own reducers. */
export class ShopState {
  readonly #products: ReadonlyMap<string, Product>;
  readonly #states = new States();
  #coming: ShopEvent[] = [];

  constructor(items: readonly Item[], opened_ms: number) {
    this.#products = new Map(items.map(item => [item.item, Product.parse(toProduct(item, opened_ms))]));
  }

  /** These count from their own time on. */
  expect(events: readonly ShopEvent[]): void {
    this.#coming.push(...events);
  }

  /** What is known at this time, which is never earlier than it was at the last look. */
  look({ user, session }: { user: string; session: string }, items: readonly string[], now_ms: number): Look {
    this.#advance(now_ms);
    const state = this.#states.users.get(user);
    const product = (item: string) => this.#products.get(item);
    const asker = askerOf({ at_ms: now_ms, user, session }, state, tasteOf(state, product), product);
    const features = new Float32Array(items.length * FEATURE_NAMES.length);
    const candidate = (row: number) => {
      const item = items[row]!;
      return { item, state: this.#states.items.get(item), product: product(item) };
    };
    fillVectors(asker, items.length, candidate, features);
    return { features, history: historyOf(state) };
  }

  #advance(now_ms: number): void {
    const due = this.#coming.filter(event => event.at_ms <= now_ms);
    if (due.length === 0) return;
    this.#coming = this.#coming.filter(event => event.at_ms > now_ms);
    for (const event of due) this.#states.take(event);
  }
}
