import type { Product } from '../../schemas/topics/events.ts';
import { REDUCERS, valuesAt } from './aggregates/reducer.ts';
import { aggregatesOf, type Block, fillBlocks, ratesOf, written } from './blocks.ts';
import { isShared } from './following.ts';
import type { LiveItem } from './states.ts';
import { wordsOf } from './taste.ts';
import { numbersOf } from './word-weights.ts';

/** What is the same for everybody who asks within a second, and what of the product is asked for each pair. */
export interface ItemRow {
  second: number;
  product: Product | undefined;
  row: Float32Array;
  /** Of the product: where each candidate is looked at, one object less has to come into the processor's cache. */
  category: string | undefined;
  brand: string | undefined;
  /** Of its title, by their numbers. */
  words: Int32Array;
  /** ln(1 + price) */
  logPrice: number | undefined;
  /** Of the item: somebody shared it with somebody. */
  isShared: boolean;
}

/**
 * The two rows of an item that were asked for last. Around the turn of a second requests are of one and of the other, and
 * with one row each of them would have all rows made anew.
 */
interface ItemRows {
  newer: ItemRow;
  older: ItemRow | undefined;
}

/** What is the item's alone. */
export const OF_ITEM: readonly Block<{ values: Float64Array; product: Product | undefined }>[] = [
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

const WIDTH = OF_ITEM.flatMap(({ features }) => features).length;
const itemValues = new Float64Array(REDUCERS.item.declared.length);

const UNKNOWN = {};
/** Rows of items without a state: they depend on no time. */
const unseen = new WeakMap<object, ItemRow>();

/** The row of an item as of a whole second, made at most once for it. */
export function itemRow(state: LiveItem | undefined, product: Product | undefined, second: number): ItemRow {
  if (!state) return unseenRow(product);
  const rows = state.made as ItemRows | undefined;
  if (!rows) {
    const newer = filled(emptyRow(), state, product, second);
    state.made = { newer, older: undefined } satisfies ItemRows;
    return newer;
  }
  const { newer, older } = rows;
  if (newer.second === second && newer.product === product) return newer;
  if (older?.second === second && older.product === product) return older;
  rows.newer = filled(older ?? emptyRow(), state, product, second); // its memory is used again, every second
  rows.older = newer;
  return rows.newer;
}

function unseenRow(product: Product | undefined): ItemRow {
  const made = unseen.get(product ?? UNKNOWN);
  if (made) return made;
  const row = filled(emptyRow(), undefined, product, 0);
  unseen.set(product ?? UNKNOWN, row);
  return row;
}

function emptyRow(): ItemRow {
  const row = new Float32Array(WIDTH);
  const ofProduct = { category: undefined, brand: undefined, words: NO_WORDS, logPrice: undefined };
  return { second: Number.NaN, product: undefined, row, ...ofProduct, isShared: false };
}

const NO_WORDS = new Int32Array(0);

function filled(into: ItemRow, state: LiveItem | undefined, product: Product | undefined, second: number): ItemRow {
  fillBlocks(OF_ITEM, { values: valuesAt(REDUCERS.item, state, second * 1_000, itemValues), product }, into.row, 0);
  into.second = second;
  into.isShared = state !== undefined && isShared(state);
  if (into.product === product) return into;
  into.product = product;
  into.category = product?.category;
  into.brand = product?.brand;
  into.words = numbersOf(product ? wordsOf(product) : []);
  into.logPrice = product?.price === undefined ? undefined : Math.log(1 + product.price);
  return into;
}
