import { milliseconds } from '../../models/features/declarations.ts';
import { placeOf, REDUCERS } from '../../models/features/reducer.ts';
import { type ItemEntry, readItem, readUser, type UserEntry } from '../../models/features/states.ts';
import { Bag } from '../../models/retrieval/live/bag.ts';
import { ProductWords } from '../../models/retrieval/live/product-words.ts';
import { LiveRules } from '../../models/retrieval/live/rules.ts';
import { TopList } from '../../models/retrieval/live/top-list.ts';
import { ActiveVectors } from '../../models/retrieval/vectors/active-vectors.ts';
import type { EventType, Product } from '../../schemas/events.ts';
import type { UserState } from '../../schemas/features.ts';
import { admit } from '../admit.ts';
import { keepNewer } from '../features/keyed-state.ts';
import type { StreamRecord } from '../kafka/bus.ts';
import { takeProgress, takeVectors } from '../vectors.ts';

/** The cell of the clicks by which items are popular, a half-life count. */
const CLICKS = REDUCERS.item.places[placeOf(REDUCERS.item, 'item.clicks.1d')]!;
const HALF_LIFE_MS = milliseconds('1d');
const DISLIKES: ReadonlySet<EventType> = new Set(['dismiss', 'return']);
/** Items of the lists that are kept in order. */
const MOST = { popular: 500, category: 150, fresh: 200 };

/**
 * What the scorer knows, from the compacted topics: no database stands on its path. Whatever a lane asks for is kept as
 * records come, so that no request pays for the size of the catalogue.
 */
export class Memory {
  readonly products = new Map<string, Product>();
  readonly users = new Map<string, UserEntry>();
  readonly items = new Map<string, ItemEntry>();
  /** Items that can be shown: the lanes give no others. */
  readonly available = new Bag();
  readonly words = new ProductWords();
  /** What is taken near to what. */
  readonly rules = new LiveRules();
  readonly vectors = new ActiveVectors();
  readonly #withdrawn = new Set<string>();
  readonly #popular = new TopList(MOST.popular);
  readonly #popularIn = new Map<string, TopList>();
  readonly #fresh = new TopList(MOST.fresh);

  /** Takes one record of a followed topic; a user's record is handed back, for its freshness. */
  apply(topic: string, record: StreamRecord): UserEntry | undefined {
    const { key, value } = record;
    if (key === null) return undefined;
    switch (topic) {
      case 'features.user':
        return this.#setUser(key, value);
      case 'shop.catalogue':
        this.#setProduct(key, record);
        break;
      case 'item.vectors':
        takeVectors(this.vectors, record);
        break;
      case 'vector.progress':
        takeProgress(this.vectors.encoders, record);
        break;
      default:
        this.#setItem(key, value);
    }
    return undefined;
  }

  /** Available items, most clicked first. */
  get popular(): readonly string[] {
    return this.#popular.items;
  }

  /** Available items of a category, most clicked first. */
  popularIn(category: string): readonly string[] {
    return this.#popularIn.get(category)?.items ?? [];
  }

  /** Available items, latest arrival first. */
  get fresh(): readonly string[] {
    return this.#fresh.items;
  }

  /** Whether the shop took the product back, as far as the topic still tells. */
  isWithdrawn(item: string): boolean {
    return this.#withdrawn.has(item);
  }

  /** The vector by which items are compared with each other: of texts, if these have vectors, else of pictures. */
  vectorOf(item: string): Float32Array | undefined {
    return (this.vectors.index('text') ?? this.vectors.index('image'))?.get(item);
  }

  #setUser(user: string, value: Buffer | null): UserEntry | undefined {
    if (value === null) {
      this.users.delete(user);
      return undefined;
    }
    const before = this.users.get(user)?.state.recent ?? [];
    const features = readUser(jsonOf(value));
    if (!keepNewer(this.users, user, features)) return undefined;
    this.rules.learn(liked(before), liked(features.state.recent));
    return features;
  }

  #setItem(item: string, value: Buffer | null): void {
    if (value === null) this.items.delete(item);
    else keepNewer(this.items, item, readItem(jsonOf(value)));
    const product = this.products.get(item);
    if (product?.available) this.#order(product);
  }

  #setProduct(item: string, record: StreamRecord): void {
    const parsed = record.value && admit('shop.catalogue', record);
    if (parsed && !parsed.ok) return; // the sink writes its dead letter; here and in ClickHouse the product stays as it was
    const before = this.products.get(item);
    const product = parsed?.value;
    if (before && !(product?.available && product.category === before.category)) this.#hide(before);
    if (!product) {
      this.products.delete(item);
      this.rules.delete(item);
      this.#withdrawn.add(item);
      return;
    }
    this.products.set(item, product);
    this.#withdrawn.delete(item);
    if (product.available) this.#show(product);
  }

  #show(product: Product): void {
    this.available.add(product.item);
    this.words.set(product);
    this.#fresh.set(product.item, product.at_ms);
    this.#order(product);
  }

  #hide({ item, category }: Product): void {
    this.available.delete(item);
    this.words.delete(item);
    this.#fresh.delete(item);
    this.#popular.delete(item);
    const alike = this.#popularIn.get(category);
    alike?.delete(item);
    if (alike?.size === 0) this.#popularIn.delete(category);
  }

  /** Puts an available product where its clicks belong. */
  #order({ item, category }: Product): void {
    const key = popularityKey(this.items.get(item));
    this.#popular.set(item, key);
    let alike = this.#popularIn.get(category);
    if (!alike) {
      alike = new TopList(MOST.category);
      this.#popularIn.set(category, alike);
    }
    alike.set(item, key);
  }
}

function jsonOf(value: Buffer): unknown {
  return JSON.parse(value.toString('utf8'));
}

function liked(recent: UserState['recent']): UserState['recent'] {
  return recent.filter(({ type }) => !DISLIKES.has(type));
}

/**
 * Orders items as their decayed clicks do at any later time: all sums halve alike, so sum 2^(-(t - at) / halfLife) and
 * log2(sum) + at / halfLife have one order.
 */
function popularityKey(features: ItemEntry | undefined): number {
  const sum = features?.state.cells[CLICKS] ?? 0;
  return features && sum > 0 ? Math.log2(sum) + features.state.at_ms / HALF_LIFE_MS : Number.NEGATIVE_INFINITY;
}
