import { createHash } from 'node:crypto';
import type { EventType, Product } from '../../schemas/events.ts';
import { hash32 } from '../hash.ts';
import { decay } from './aggregates/aggregations.ts';
import { AGGREGATES, RATES } from './aggregates/defaults.ts';
import { EXAMINATION_EXPONENT } from './aggregates/examination.ts';
import { normalised } from './aggregates/facts.ts';
import { placeOf, REDUCERS, valuesAt } from './aggregates/reducer.ts';
import { aggregatesOf, type Block, copied, type Feature, ratesOf, rounded, scaled, written } from './blocks.ts';
import { type Attribute, featuresBy, RECENT, type RecentFeature, type RecentValues, recentValues } from './recent.ts';
import type { LiveItem, LiveUser } from './states.ts';
import { type Taste, WEIGHT, wordsOf } from './taste.ts';

/** Who asks, at one time: worked out once for all candidates. */
export interface Asker {
  at_ms: number;
  taste: Taste;
  /** The hash of what was typed, 0 where nothing was. */
  query: number;
  /** The part of the vector that is the same for every candidate. */
  own: Float32Array;
  /** The parts that candidates of one category, of one brand, or the item itself, have in common. */
  by: Readonly<Record<Attribute, ReadonlyMap<string, Float32Array>>>;
}

/** What is known of a candidate. */
export interface Candidate {
  item: string;
  state: LiveItem | undefined;
  product: Product | undefined;
}

interface Pair extends Candidate {
  asker: Asker;
}

/** The part of the vector that is the same for everybody who asks within a second. */
interface ItemRow {
  second: number;
  product: Product | undefined;
  row: Float32Array;
}

const QUERIES = placeOf(REDUCERS.item, 'item.queries');
export const QUERY_CLICK_HALF_LIFE_MS = 7 * 86_400_000;

const TELLING = Object.keys(WEIGHT) as EventType[];

const SHARES: Readonly<Record<Attribute, Pick<Feature, 'name' | 'describes'>>> = {
  category: { name: 'pair.category', describes: "share of the item's category in the user's recent events" },
  brand: { name: 'pair.brand', describes: "share of the item's brand in the user's recent events" },
  item: { name: 'pair.seen', describes: 'weight of what the user recently did with this very item' },
};

const OF_USER: readonly Block<{ values: Float64Array; taste: Taste; recent: RecentValues }>[] = [
  aggregatesOf('user'),
  ratesOf('user'),
  written('user', [
    {
      name: 'user.evidence',
      describes: 'weight of the recent events: how much is known of the user',
      events: TELLING,
      value: ({ taste }) => Math.log1p(taste.evidence),
    },
  ]),
  copied(featuresBy('own').map(saidOf('session')), ({ recent }) => Float32Array.from(recent.own, scaled)),
];

const OF_ITEM: readonly Block<{ values: Float64Array; product: Product | undefined }>[] = [
  aggregatesOf('item'),
  ratesOf('item'),
  written('item', [
    {
      name: 'item.log_price',
      describes: 'ln(1 + price); 0 where the price is unknown',
      value: ({ product }) => Math.log1p(product?.price ?? 0),
    },
    {
      name: 'item.known',
      describes: '1 where the item is in the catalogue',
      value: ({ product }) => (product ? 1 : 0),
    },
  ]),
];

const OF_PAIR: readonly Block<Pair>[] = [
  sharedBy('category', ({ product }) => product?.category),
  sharedBy('brand', ({ product }) => product?.brand),
  sharedBy('item', ({ item }) => item),
  written('pair', [
    {
      name: 'pair.words',
      describes: "mean share of the words of the item's title in the user's recent events",
      events: TELLING,
      value: ({ product, asker }) => (product ? meanOf(wordsOf(product), asker.taste.word) : 0),
    },
    {
      name: 'pair.price_gap',
      describes: "how far the item's price lies from what the user looks at, in ln; 0 where either is unknown",
      events: TELLING,
      value: ({ product, asker: { taste } }) =>
        product?.price === undefined || taste.logPrice === undefined
          ? 0
          : Math.abs(Math.log(1 + product.price) - taste.logPrice),
    },
    {
      name: 'pair.query_clicks',
      describes: 'ln(1 + clicks after this query among the last 16 of the item after a search, halving every 7d)',
      events: ['click'],
      value: ({ state, asker }) => (state && asker.query !== 0 ? Math.log1p(clicksAfter(asker, state)) : 0),
    },
  ]),
];

/** The vector that rankers read, in order. */
export const FEATURES: readonly Feature[] = [...OF_USER, ...OF_ITEM, ...OF_PAIR].flatMap(({ features }) => features);
export const FEATURE_NAMES: readonly string[] = FEATURES.map(feature => feature.name);
const [OWN, ITEMS] = [OF_USER, OF_ITEM].map(blocks => blocks.flatMap(({ features }) => features).length) as [
  number,
  number,
];

/** Names the layout and the meaning of the vector: a model is served only vectors of the version that it was trained on. */
export const FEATURES_VERSION: string = createHash('sha256')
  .update(JSON.stringify([AGGREGATES, RATES, RECENT, FEATURES, EXAMINATION_EXPONENT]))
  .digest('hex')
  .slice(0, 12);

const userValues = new Float64Array(REDUCERS.user.declared.length);
const itemValues = new Float64Array(REDUCERS.item.declared.length);

/** What a request brings, and what is known of its user. */
export function askerOf(
  { at_ms, session, query }: { at_ms: number; session: string; query?: string | undefined },
  user: LiveUser | undefined,
  taste: Taste,
  product: (item: string) => Product | undefined,
): Asker {
  const recent = recentValues(user?.recent ?? [], product, session, at_ms);
  const own = new Float32Array(OWN);
  fillBlocks(OF_USER, { values: valuesAt(REDUCERS.user, user, at_ms, userValues), taste, recent }, own, 0);
  const by = (attribute: Attribute) =>
    new Map(
      Array.from(recent.by[attribute], ([key, values]) => {
        return [key, Float32Array.of(rounded(taste[attribute].get(key) ?? 0), ...values.map(scaled))];
      }),
    );
  return {
    at_ms,
    taste,
    query: query === undefined ? 0 : hash32(normalised(query)),
    own,
    by: { category: by('category'), brand: by('brand'), item: by('item') },
  };
}

/**
 * Fills `into` from `offset` on with the candidate's features. What is the item's alone is as of the request's whole
 * second, and worked out once for it.
 */
export function fillVector(asker: Asker, candidate: Candidate, into: Float32Array, offset: number): void {
  const { item, state, product } = candidate;
  const own = asker.own;
  const row = itemRow(state, product, Math.floor(asker.at_ms / 1_000));
  for (let f = 0; f < OWN; f++) into[offset + f] = own[f]!;
  for (let f = 0; f < ITEMS; f++) into[offset + OWN + f] = row[f]!;
  fillBlocks(OF_PAIR, { item, state, product, asker }, into, offset + OWN + ITEMS);
}

const UNKNOWN = {};
/** Rows of items without a state: they depend on no time. */
const unseen = new WeakMap<object, Float32Array>();

function itemRow(state: LiveItem | undefined, product: Product | undefined, second: number): Float32Array {
  const made = state ? (state.made as ItemRow | undefined) : undefined;
  if (made && made.second === second && made.product === product) return made.row;
  const known = state ? undefined : unseen.get(product ?? UNKNOWN);
  if (known) return known;
  const row = new Float32Array(ITEMS);
  fillBlocks(OF_ITEM, { values: valuesAt(REDUCERS.item, state, second * 1_000, itemValues), product }, row, 0);
  if (state) state.made = { second, product, row } satisfies ItemRow;
  else unseen.set(product ?? UNKNOWN, row);
  return row;
}

/** A row of a filled matrix as plain numbers, undoing float32's tail so that JSON stays short. */
export function vectorAt(matrix: Float32Array, row: number): number[] {
  const out = new Array<number>(FEATURES.length);
  for (let f = 0; f < FEATURES.length; f++) out[f] = rounded(matrix[row * FEATURES.length + f]!);
  return out;
}

function fillBlocks<T>(blocks: readonly Block<T>[], of: T, into: Float32Array, offset: number): void {
  let at = offset;
  for (const block of blocks) {
    block.fill(of, into, at);
    at += block.features.length;
  }
}

/** What the user did recently with what has the same attribute: how large a share it is, and the features of RECENT. */
function sharedBy(attribute: Attribute, keyOf: (candidate: Candidate) => string | undefined): Block<Pair> {
  const features = featuresBy(attribute);
  const nothing = Float32Array.of(0, ...features.map(each => scaled(each.default)));
  return copied([{ ...SHARES[attribute], of: 'pair', events: TELLING }, ...features.map(saidOf('pair'))], pair => {
    const key = keyOf(pair);
    return (key !== undefined && pair.asker.by[attribute].get(key)) || nothing;
  });
}

function saidOf(of: Feature['of']): (feature: RecentFeature) => Feature {
  return ({ name, describes }) => ({ name, of, describes: `ln(1 + ${describes} among the user's recent events)` });
}

function clicksAfter({ query, at_ms }: Asker, { cells }: LiveItem): number {
  let sum = 0;
  const end = REDUCERS.item.places[QUERIES + 1]!;
  for (let c = REDUCERS.item.places[QUERIES]!; c < end; c += 2) {
    if (cells[c] !== 0 && cells[c + 1] === query) sum += decay(QUERY_CLICK_HALF_LIFE_MS, at_ms - cells[c]!);
  }
  return sum;
}

function meanOf(keys: readonly string[], values: ReadonlyMap<string, number>): number {
  if (keys.length === 0 || values.size === 0) return 0;
  let sum = 0;
  for (const key of keys) sum += values.get(key) ?? 0;
  return sum / keys.length;
}
