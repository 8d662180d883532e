import type { Reading, Rescue, SearchFilter, SearchOptions, SearchTold } from '../../schemas/topics/search.ts';
import { conditionsOf, fitsAll } from './conditions.ts';
import { facetsOf } from './facets.ts';
import type { LearnedQueries } from './learned/queries.ts';
import { type FoundProducts, findProducts, SEARCH_SETTINGS, type Searched } from './search.ts';
import { type Understanding, understand } from './understand/understand.ts';

/** Where products are looked for. */
export interface Shop extends Searched {
  readonly learned: LearnedQueries;
  readonly popular: readonly string[];
  popularIn(category: string): readonly string[];
}

export interface SearchAsked extends SearchOptions {
  query: string;
  /** See `Query`. */
  vector?: Float32Array | undefined;
}

export interface AnsweredSearch {
  found: FoundProducts;
  told: SearchTold;
}

/** What a product that is found by other words of the query counts beside one that has its own. */
const REWRITTEN_SHARE = 0.6;

/**
 * What a value that a query names, and a product has, adds to the product's score. Attributes only order what is equal
 * else: their values are words of the product already, and as often those of another thing.
 */
const PREFERRED = { brand: 0.05, category: 0.05, attribute: 0.002 } as const;

/** How a search is tried: by what understanding, and with which of the filters that were read. */
interface Attempt {
  understanding: Understanding;
  filters: readonly SearchFilter[];
  preferred: readonly SearchFilter[];
}

/**
 * A query to its products: what it is taken for, what fits it and its filters, counts of that, and where nothing has its
 * words, what is found by giving up as little as can be: the brand, the bound of the price, the words for what is near
 * by vectors, their spelling, and at last the query for what is popular. Filters that the request brings are never
 * given up. Vectors stand before free spelling, for what no product has may as well be of another language.
 */
export function answerSearch(asked: SearchAsked, shop: Shop, most: number): AnsweredSearch {
  const readings = new Set<Reading>(asked.understand);
  const first = attemptOf(understand(asked.query, shop, readings), asked.filters);
  let attempt = first;
  let found = tryTo(first, asked, shop, most);
  let rescue: Rescue | undefined;
  for (const step of readings.has('rescue') && !hasWords(found) ? RESCUES : []) {
    const other = step.attempt(first, asked, shop, readings);
    if (!other) continue;
    const again = other === first ? some(found) : step.tryIt(other, asked, shop, most);
    if (!again) continue;
    [attempt, found, rescue] = [other, again, step.rescue];
    break;
  }
  if (found.items.length === 0 && readings.has('rescue')) {
    const last = withoutBrands(attempt, asked) ?? attempt;
    const popular = popularOf(last, shop, most);
    if (popular.items.length > 0) [attempt, found, rescue] = [last, popular, 'popular'];
  }
  return { found, told: told(attempt, found, rescue, asked, shop) };
}

function attemptOf(understanding: Understanding, chosen: readonly SearchFilter[]): Attempt {
  const read = (hard: boolean) => understanding.filters.flatMap(each => (each.hard === hard ? [each.filter] : []));
  return { understanding, filters: [...chosen, ...read(true)], preferred: read(false) };
}

interface Step {
  rescue: Rescue;
  /** What to try; nothing where it would change nothing. */
  attempt(first: Attempt, asked: SearchAsked, shop: Shop, readings: ReadonlySet<Reading>): Attempt | undefined;
  /** What is found so, if it is enough. */
  tryIt(attempt: Attempt, asked: SearchAsked, shop: Shop, most: number): FoundProducts | undefined;
}

const RESCUES: readonly Step[] = [
  { rescue: 'brand', attempt: (first, asked) => withoutBrands(first, asked), tryIt: byWords },
  {
    rescue: 'price',
    attempt: (first, asked) => {
      const lesser = withoutBrands(first, asked) ?? first;
      const filters = lesser.filters.filter(filter => asked.filters.includes(filter) || filter.field !== 'price');
      return filters.length === lesser.filters.length ? undefined : changed(lesser, filters);
    },
    tryIt: byWords,
  },
  {
    rescue: 'meaning',
    attempt: (first, asked) => (asked.vector ? (withoutBrands(first, asked) ?? first) : undefined),
    tryIt: (attempt, asked, shop, most) => some(tryTo(attempt, asked, shop, most)),
  },
  {
    rescue: 'spelling',
    attempt: (first, asked, shop, readings) => {
      if (!readings.has('spelling')) return undefined;
      const widely = understand(asked.query, shop, readings, true);
      if (widely.text === first.understanding.text) return undefined;
      const attempt = attemptOf(widely, asked.filters);
      return withoutBrands(attempt, asked) ?? attempt;
    },
    tryIt: byWords,
  },
];

/** Vectors, which cost more, are asked only where something has the words. */
function byWords(attempt: Attempt, asked: SearchAsked, shop: Shop, most: number): FoundProducts | undefined {
  const found = tryTo(attempt, { ...asked, vector: undefined }, shop, most);
  if (!hasWords(found)) return undefined;
  return asked.vector ? tryTo(attempt, asked, shop, most) : found;
}

function some(found: FoundProducts): FoundProducts | undefined {
  return found.items.length > 0 ? found : undefined;
}

/** Brands that were read are only preferred. */
function withoutBrands(attempt: Attempt, { filters: chosen }: SearchAsked): Attempt | undefined {
  const brands = attempt.filters.filter(filter => filter.field === 'brand' && !chosen.includes(filter));
  if (brands.length === 0) return undefined;
  const filters = attempt.filters.filter(filter => !brands.includes(filter));
  return { ...changed(attempt, filters), preferred: [...attempt.preferred, ...brands] };
}

/** What was read and does not hold any more is told to be soft, or not to have been read at all. */
function changed(attempt: Attempt, filters: readonly SearchFilter[]): Attempt {
  const read = attempt.understanding.filters.flatMap(each => {
    if (!each.hard || filters.includes(each.filter)) return [each];
    return each.filter.field === 'price' ? [] : [{ ...each, hard: false }];
  });
  return { ...attempt, filters, understanding: { ...attempt.understanding, filters: read } };
}

function tryTo(
  { understanding: { text, rewritten }, filters, preferred }: Attempt,
  { vector, understand: readings, facets }: SearchAsked,
  shop: Shop,
  most: number,
): FoundProducts {
  const wanted = (['brand', 'category', 'attribute'] as const).flatMap(field => {
    const conditions = conditionsOf(
      preferred.filter(filter => filter.field === field),
      shop.words.values,
    );
    return conditions.map(({ fits }) => ({ fits, share: PREFERRED[field] }));
  });
  return findProducts({ text, vector }, shop, most, SEARCH_SETTINGS, {
    isFound: fitsAll(conditionsOf(filters, shop.words.values)),
    isRespelt: readings.includes('spelling'),
    rewritten: { texts: rewritten, share: REWRITTEN_SHARE },
    matching: facets > 0,
    ...(wanted.length > 0 && {
      preferred: slot => wanted.reduce((sum, { fits, share }) => (fits(slot) ? sum + share : sum), 0),
    }),
  });
}

function hasWords({ byMeaning }: FoundProducts): boolean {
  return byMeaning.includes(false);
}

/** What is clicked the most, in the category that was named, within the filters. */
function popularOf({ filters, preferred }: Attempt, shop: Shop, most: number): FoundProducts {
  const [named] = [...filters, ...preferred].flatMap(each => (each.field === 'category' ? [each.value] : []));
  const isFound = fitsAll(conditionsOf(filters, shop.words.values)) ?? (() => true);
  const from = named === undefined ? shop.popular : shop.popularIn(named);
  const items = from
    .filter(item => {
      const slot = shop.words.slotOf(item);
      return slot !== undefined && isFound(slot);
    })
    .slice(0, most);
  const scores = Float32Array.from(items, (_, place) => 1 / (1 + place));
  const nothing = new Float32Array(items.length);
  const fit = { words: nothing, cosines: nothing, titles: nothing };
  return { items, scores, byMeaning: items.map(() => false), ...fit, matching: NONE };
}

const NONE = new Int32Array(0);

/** Where nothing has words of the query, what was found instead is counted. */
function told(
  { understanding, filters }: Attempt,
  { items, matching = NONE }: FoundProducts,
  rescue: Rescue | undefined,
  { facets, understand: readings }: SearchAsked,
  { words }: Shop,
): SearchTold {
  const { rewritten: _, ...understood } = understanding;
  const slots = matching.length > 0 ? matching : Int32Array.from(items, item => words.slotOf(item)!);
  const { values } = words;
  return {
    ...(readings.length > 0 && { understood }),
    ...(facets > 0 && { facets: facetsOf(slots, conditionsOf(filters, values), values, facets) }),
    ...(rescue && { rescue }),
  };
}
