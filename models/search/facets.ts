import { LIMITS } from '../../schemas/limits.ts';
import type { Facets } from '../../schemas/topics/search.ts';
import {
  BANDS,
  type ProductValues,
  startOfBand,
  type Value,
  type ValueField,
} from '../retrieval/live/product-values.ts';
import { type Condition, FITS, failures, PRICE, SEVERAL } from './conditions.ts';

/** Attributes that are counted, those that most products have first. */
const ATTRIBUTES = 10;
type Counts = Facets['brand'];

/**
 * Counts what matching products have.
 *
 * @param matching slots, whether or not they fit the conditions
 * @param most values of each field
 */
export function facetsOf(
  matching: Int32Array,
  conditions: readonly Condition[],
  values: ProductValues,
  most: number,
): Facets {
  const { brands, categories, bands, attributes, tally, room: failed } = values;
  const [ofBrands, ofCategories] = [values.kindOf('brand', ''), values.kindOf('category', '')];
  failures(matching, conditions, failed);
  tally.addOf(brands, matching, failed, FITS, ofBrands ?? FITS);
  tally.addOf(categories, matching, failed, FITS, ofCategories ?? FITS);
  const ofBands = new Int32Array(BANDS);
  let fitting = 0;
  for (let at = 0; at < matching.length; at++) {
    if (failed[at] === FITS) fitting++;
    else if (failed[at] !== PRICE) continue;
    const band = bands[matching[at]!]!;
    if (band >= 0) ofBands[band]!++;
  }
  const isCounted = fitting <= LIMITS.products_counted_by_attributes;
  for (let at = 0; isCounted && at < matching.length; at++) {
    if (failed[at] === SEVERAL || failed[at] === PRICE) continue;
    for (const number of attributes[matching[at]!] ?? NONE) {
      if (failed[at] === FITS || failed[at] === values.kinds[number]) tally.add(number);
    }
  }
  const kinds: (Kind | undefined)[] = [];
  const single: number[] = [];
  tally.take((number, count) => {
    const at = values.kinds[number]!;
    kinds[at] ??= kindOf(values.at(number));
    const kind = kinds[at]!;
    kind.products += count;
    kind.values++;
    if (count === 1) single.push(number);
    else insert(kind.best, values.at(number).value, count, most);
  });
  for (const number of single) {
    const kind = kinds[values.kinds[number]!]!;
    if (isShort(kind, most)) insert(kind.best, values.at(number).value, 1, most);
  }
  const bestOf = (kind: number | undefined) => (kind === undefined ? [] : (kinds[kind]?.best ?? []));
  return {
    matching: fitting,
    brand: bestOf(ofBrands),
    category: bestOf(ofCategories),
    price: Array.from(ofBands, (count, band) => ({
      at_least: startOfBand(band),
      below: startOfBand(band + 1),
      count,
    })).filter(({ count }) => count > 0),
    ...(isCounted ? { attributes: attributesIn(kinds.filter(kind => kind !== undefined)) } : {}),
  };
}

const NONE = new Int32Array(0);

interface Kind {
  field: ValueField;
  name: string;
  products: number;
  values: number;
  /** The most frequent values first, of equal ones those that come first by their letters. */
  best: Counts;
}

function kindOf({ field, name }: Value): Kind {
  return { field, name, products: 0, values: 0, best: [] };
}

/**
 * Whether values that one product has are wanted, once all others are there. They are most of what is counted, and each is
 * somewhere else in memory.
 */
function isShort(kind: Kind, most: number): boolean {
  const isFull = kind.best.length === most && kind.best[most - 1]!.count > 1;
  return !isFull && isChoice(kind);
}

/** An attribute by which no two products are alike, such as a number of a part, is nothing to choose from. */
function isChoice({ field, values, best }: Kind): boolean {
  return field !== 'attribute' || values === 1 || (best[0]?.count ?? 0) > 1;
}

/** Puts a count where it belongs, if it is among the best: there are few of these, and many that are none. */
function insert(best: Counts, value: string, count: number, most: number): void {
  if (best.length === most && comesBefore(best[most - 1]!, value, count)) return;
  let place = best.length;
  while (place > 0 && !comesBefore(best[place - 1]!, value, count)) place--;
  best.splice(place, 0, { value, count });
  if (best.length > most) best.pop();
}

function comesBefore(one: Counts[number], value: string, count: number): boolean {
  return one.count > count || (one.count === count && one.value < value);
}

function attributesIn(kinds: readonly Kind[]): NonNullable<Facets['attributes']> {
  return kinds
    .filter(kind => kind.field === 'attribute' && isChoice(kind))
    .sort((a, b) => b.products - a.products)
    .slice(0, ATTRIBUTES)
    .map(({ name, best }) => ({ name, values: best }));
}
