import { milliseconds } from '../../../models/features/aggregates/declarations.ts';
import { placeOf, REDUCERS } from '../../../models/features/aggregates/reducer.ts';
import { followedBy, takersOf } from '../../../models/features/following.ts';
import type { LiveItem, LiveUser } from '../../../models/features/states.ts';
import { hash32 } from '../../../models/hash.ts';
import { inShopCurrency, rateOf, shownPrice } from '../../../models/prices.ts';
import { Bag } from '../../../models/retrieval/live/bag.ts';
import { Followed } from '../../../models/retrieval/live/followed.ts';
import { caseless } from '../../../models/retrieval/live/product-values.ts';
import { ProductWords } from '../../../models/retrieval/live/product-words.ts';
import { LiveRules } from '../../../models/retrieval/live/rules.ts';
import { TopList } from '../../../models/retrieval/live/top-list.ts';
import { ActiveVectors } from '../../../models/retrieval/vectors/active-vectors.ts';
import { LearnedQueries } from '../../../models/search/learned/queries.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import type { Currencies } from '../../../schemas/policies/currencies.ts';
import { DEFAULT_POLICIES } from '../../../schemas/policies/policy.ts';
import type { EventType, Product } from '../../../schemas/topics/events.ts';
import type { RecentEvent } from '../../../schemas/topics/features.ts';
import type { Applied } from '../../../schemas/topics/ranking.ts';
import { admit } from '../../admit.ts';
import { Market } from '../../ads/market.ts';
import type { DeltaHead } from '../../features/log/delta.ts';
import type { Touched } from '../../features/log/replica.ts';
import type { StreamRecord } from '../../kafka/bus.ts';
import { takeLearned } from '../../searches.ts';
import { takeProgress, takeVectors } from '../../vectors.ts';
import type { Known } from './feature-memory.ts';
import { LiveStates } from './live-states.ts';

/** The cell of the clicks by which items are popular, a half-life count. */
const CLICKS = placeOf(REDUCERS.item, 'item.clicks.1d');
const CLICKS_CELL = REDUCERS.item.places[CLICKS]!;
const CLICKED: ReadonlySet<EventType> = new Set(REDUCERS.item.declared[CLICKS]!.events);
const HALF_LIFE_MS = milliseconds('1d');
const DISLIKES: ReadonlySet<EventType> = new Set(['dismiss', 'return']);
const ORDERED_AT_ONCE = 100;
/** Why a product can't be had. */
export type Gone = 'withdrawn' | 'out_of_stock';

/** Items of the lists that are kept in order. */
const MOST = { popular: 500, category: 150, fresh: 200 };

/**
 * What the scorer knows, from the compacted topics: no database stands on its path. Whatever a lane asks for is kept as
 * records come, so that no request pays for the size of the catalogue.
 */
export class Memory {
  readonly products = new Map<string, Product>();
  /** Items that can be shown: the lanes give no others. */
  readonly available = new Bag();
  readonly words = new ProductWords();
  /** What people's searches taught. */
  readonly learned = new LearnedQueries();
  /** What is taken near to what. */
  readonly rules = new LiveRules();
  /** What people who are followed took. */
  readonly followed = new Followed();
  readonly vectors = new ActiveVectors();
  /** What is advertised. */
  readonly market = new Market();
  readonly #gone = new Map<string, Gone>();
  readonly #popular = new TopList(MOST.popular);
  readonly #popularIn = new Map<string, TopList>();
  readonly #fresh = new TopList(MOST.fresh);
  /** The next offset of each partition of products. */
  readonly #catalogue: number[];
  #changes = 0;

  /** Others may take their place, that know more of the same events and have read as far. */
  states: LiveStates;

  /** Products as the shop said them, where their prices were reckoned anew. */
  readonly #foreign = new Map<string, Product>();
  readonly #currencies: Currencies;

  /** @param partitions of users and items */
  constructor(partitions = 1, currencies: Currencies = DEFAULT_POLICIES.currencies) {
    this.#currencies = currencies;
    this.#catalogue = Array.from({ length: partitions }, () => 0);
    this.states = new LiveStates(partitions);
  }

  get users(): Known<LiveUser> {
    return this.states.users;
  }

  get items(): Known<LiveItem> {
    return this.states.items;
  }

  /** What features of this user and these items are made from at this moment. */
  applied(user: string, items: readonly string[]): Applied {
    const { users, items: of } = this.states;
    const own = users.partitionOf(user);
    const all = this.#catalogue.length;
    const most = Math.max(1, Math.floor(LIMITS.applied_offsets_per_list / all));
    const some = all <= most ? [...this.#catalogue.keys()] : [...new Set(items.map(item => of.partitionOf(item)))];
    return {
      user: users.next(own)[own]!,
      items: Object.fromEntries(some.slice(0, most).map(partition => [partition, of.next(partition)])),
      catalogue: [...this.#catalogue],
    };
  }

  /**
   * To be called once the logs have been read to their ends: users and items are what they say from here on. What is
   * taken together is learned from the last events of each user.
   */
  async catchUp(pause: () => Promise<void> = async () => {}): Promise<void> {
    await this.states.users.catchUp(({ state }) => {
      this.rules.learn([], liked(state.recent));
      for (const whom of followedBy(state)) this.followed.follow(whom);
    }, pause);
    await this.states.items.catchUp(({ key, state }) => {
      for (const [at_ms, user] of takersOf(state)) this.followed.take(user, key, at_ms);
      const product = this.products.get(key);
      if (product?.available) this.#order(product, state);
    }, pause);
  }

  /** Puts all products where their clicks belong, some at a time. */
  async orderAll(pause: () => Promise<void>): Promise<void> {
    let n = 0;
    for (const product of this.products.values()) {
      if (product.available) this.#order(product);
      if (++n % ORDERED_AT_ONCE === 0) await pause();
    }
  }

  /** Takes one record of a followed topic. @returns the head of a record of the features' logs */
  apply(topic: string, partition: number, record: StreamRecord): DeltaHead | undefined {
    const { key, value } = record;
    if (topic === 'shop.catalogue') this.#catalogue[partition] = record.offset + 1;
    if (key === null) return undefined;
    switch (topic) {
      case 'features.user.log':
        return value ? this.#takeUsers(partition, value) : undefined;
      case 'features.item.log':
        return value ? this.#takeItems(partition, value) : undefined;
      case 'item.vectors':
        takeVectors(this.vectors, record);
        break;
      case 'shop.campaigns':
      case 'ads.ledger':
      case 'ads.shown':
      case 'ads.learned':
        this.market.apply(topic, record);
        break;
      case 'vector.progress':
        takeProgress(this.vectors.encoders, record);
        break;
      case 'search.learned':
        takeLearned(this.learned, record);
        break;
      default:
        this.#setProduct(key, record);
    }
    return undefined;
  }

  /** How often a product was set or withdrawn until now. */
  get changes(): number {
    return this.#changes;
  }

  /** Available items, most clicked first. */
  get popular(): readonly string[] {
    return this.#popular.items;
  }

  /** Available items of a category, however its letters are written, most clicked first. */
  popularIn(category: string): readonly string[] {
    return this.#popularIn.get(caseless(category))?.items ?? [];
  }

  /** Available items, latest arrival first. */
  get fresh(): readonly string[] {
    return this.#fresh.items;
  }

  /** Products whose prices are unknown, because no rate says what their currency is worth. */
  get unpriced(): number {
    let count = 0;
    for (const item of this.#foreign.keys()) if (this.products.get(item)?.price === undefined) count += 1;
    return count;
  }

  /** Whether prices can be said in a currency at a time. */
  canSay(currency: string, at_ms: number): boolean {
    return rateOf(this.#currencies, currency, at_ms) !== undefined;
  }

  /** An item's price in a currency at a time, where both are known. */
  priceIn(currency: string, item: string, at_ms: number): number | undefined {
    const product = this.#foreign.get(item) ?? this.products.get(item);
    return product && shownPrice(product, currency, this.#currencies, at_ms);
  }

  /** Why a product can't be had: the shop took it back, as far as the topic still tells, or has none of it. */
  whyGone(item: string): Gone | undefined {
    return this.#gone.get(item);
  }

  /** The vector by which items are compared with each other: of texts, if these have vectors, else of pictures. */
  vectorOf(item: string): Float32Array | undefined {
    return (this.vectors.index('text') ?? this.vectors.index('image'))?.get(item);
  }

  #takeUsers(partition: number, value: Buffer): DeltaHead {
    return this.states.users.apply(partition, value, this.#learn);
  }

  readonly #learn: Touched<LiveUser> = ({ key, state }, { id, fact, recent }, outcome) => {
    if (outcome === 'erased') this.followed.forget(hash32(key));
    if (fact.type === 'follow') this.followed.follow(fact.target);
    if (recent === undefined || outcome === 'duplicate' || outcome === 'too fast') return;
    const now = liked(state.recent);
    this.rules.learn(
      now.filter(event => event.id !== id),
      now,
    );
  };

  #takeItems(partition: number, value: Buffer): DeltaHead {
    const clicked = new Set<string>();
    const head = this.states.items.apply(partition, value, ({ key }, { fact }) => {
      if (CLICKED.has(fact.type)) clicked.add(key);
      if (CLICKED.has(fact.type) || fact.type === 'purchase') this.followed.take(fact.user, key, fact.at_ms);
    });
    for (const item of clicked) {
      const product = this.products.get(item);
      if (product?.available) this.#order(product);
    }
    return head;
  }

  #setProduct(item: string, record: StreamRecord): void {
    const parsed = record.value && admit('shop.catalogue', record);
    if (parsed && !parsed.ok) return; // the sink writes its dead letter; here and in ClickHouse the product stays as it was
    this.#changes++;
    const before = this.products.get(item);
    const said = parsed?.value;
    const product = said && inShopCurrency(said, this.#currencies);
    if (said && said !== product) this.#foreign.set(item, said);
    else this.#foreign.delete(item);
    const isWhereItWas = product?.available && product.category === before?.category && product.brand === before.brand;
    if (before && !isWhereItWas) this.#hide(before);
    if (!product) {
      this.products.delete(item);
      this.rules.delete(item);
      this.#gone.set(item, 'withdrawn');
      return;
    }
    this.products.set(item, product);
    if (product.available) {
      this.#gone.delete(item);
      this.#show(product);
    } else this.#gone.set(item, 'out_of_stock');
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
    const key = caseless(category);
    const alike = this.#popularIn.get(key);
    alike?.delete(item);
    if (alike?.size === 0) this.#popularIn.delete(key);
  }

  /** Puts an available product where its clicks belong. */
  #order({ item, category }: Product, state = this.items.get(item)?.state): void {
    const clicks = popularityKey(state);
    this.#popular.set(item, clicks);
    const key = caseless(category);
    let alike = this.#popularIn.get(key);
    if (!alike) {
      alike = new TopList(MOST.category);
      this.#popularIn.set(key, alike);
    }
    alike.set(item, clicks);
  }
}

function liked(recent: readonly RecentEvent[]): RecentEvent[] {
  return recent.filter(({ type }) => !DISLIKES.has(type));
}

/**
 * Orders items as their decayed clicks do at any later time: all sums halve alike, so sum 2^(-(t - at) / halfLife) and
 * log2(sum) + at / halfLife have one order.
 */
function popularityKey(state: LiveItem | undefined): number {
  const sum = state?.cells[CLICKS_CELL] ?? 0;
  return state && sum > 0 ? Math.log2(sum) + state.at_ms / HALF_LIFE_MS : Number.NEGATIVE_INFINITY;
}
