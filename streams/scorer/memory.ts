import { countAt, ITEM_COUNTS } from '../../models/features/counts.ts';
import type { Product } from '../../schemas/events.ts';
import { ItemFeatures, UserFeatures } from '../../schemas/features.ts';
import { admit } from '../admit.ts';
import { keepNewer } from '../features/keyed-state.ts';
import type { StreamRecord } from '../kafka/bus.ts';

const CLICKS = ITEM_COUNTS.findIndex(count => count.name === 'item.clicks.1d');
const ORDER_EVERY_MS = 1_000;

/** What the scorer knows, from the compacted topics: no database stands on its path. */
export class Memory {
  readonly products = new Map<string, Product>();
  readonly users = new Map<string, UserFeatures>();
  readonly items = new Map<string, ItemFeatures>();
  readonly #byCategory = new Map<string, Set<string>>();
  #popular: string[] = [];
  #fresh: string[] = [];
  #ordered_ms = 0;

  /** Takes one record of a followed topic; a user's record is handed back, for its freshness. */
  apply(topic: string, record: StreamRecord): UserFeatures | undefined {
    const { key, value } = record;
    if (key === null) return undefined;
    if (topic === 'shop.catalogue') this.#setProduct(key, record);
    else if (value === null) (topic === 'features.user' ? this.users : this.items).delete(key);
    else if (topic === 'features.item')
      keepNewer(this.items, key, ItemFeatures.parse(JSON.parse(value.toString('utf8'))));
    else {
      const user = UserFeatures.parse(JSON.parse(value.toString('utf8')));
      if (keepNewer(this.users, key, user)) return user;
    }
    return undefined;
  }

  /** Available items, most clicked first; the order is up to a second old. */
  popular(now_ms: number): readonly string[] {
    this.#order(now_ms);
    return this.#popular;
  }

  /** Available items, latest arrival first. */
  fresh(now_ms: number): readonly string[] {
    this.#order(now_ms);
    return this.#fresh;
  }

  inCategory(category: string): ReadonlySet<string> {
    return this.#byCategory.get(category) ?? new Set();
  }

  clicks(item: string, now_ms: number): number {
    return countAt(this.items.get(item)?.state, ITEM_COUNTS, CLICKS, now_ms);
  }

  #setProduct(item: string, record: StreamRecord): void {
    const parsed = record.value && admit('shop.catalogue', record);
    if (parsed && !parsed.ok) return; // the sink writes its dead letter; here and in ClickHouse the product stays as it was
    if (this.#popular.length === 0) this.#ordered_ms = 0; // the first products need not wait for the next ordering
    const before = this.products.get(item);
    if (before) this.#byCategory.get(before.category)?.delete(item);
    if (!parsed) {
      this.products.delete(item);
      return;
    }
    this.products.set(item, parsed.value);
    const category = this.#byCategory.get(parsed.value.category) ?? new Set();
    this.#byCategory.set(parsed.value.category, category.add(item));
  }

  #order(now_ms: number): void {
    const wall_ms = Date.now();
    if (wall_ms - this.#ordered_ms < ORDER_EVERY_MS) return;
    this.#ordered_ms = wall_ms;
    const available = [...this.products.values()].filter(product => product.available);
    const clicks = new Map(available.map(({ item }) => [item, this.clicks(item, now_ms)]));
    this.#popular = available.map(({ item }) => item).sort((a, b) => clicks.get(b)! - clicks.get(a)!);
    this.#fresh = available.sort((a, b) => b.at_ms - a.at_ms).map(({ item }) => item);
  }
}
