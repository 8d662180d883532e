import { LIMITS } from '../../schemas/limits.ts';
import type { Facets } from '../../schemas/search.ts';
import type { ProductValues, Value } from '../retrieval/live/product-values.ts';
import { type Condition, fieldOf } from './conditions.ts';

/** Attributes that are counted, those that most products have first. */
const ATTRIBUTES = 10;
/** Bands of prices begin at 1, 2 and 5 times powers of ten. */
const STEPS = [1, 2, 5, 10];

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
  const { brands, categories, prices, attributes, tally } = values;
  const bands = new Map<number, number>();
  let fitting = 0;
  for (const slot of matching) {
    const failed = failedBy(slot, conditions);
    if (failed === undefined) fitting++;
    const counts = (field: string) => failed === undefined || failed === field;
    if (counts('brand') && brands[slot]! >= 0) tally.add(brands[slot]!);
    if (counts('category') && categories[slot]! >= 0) tally.add(categories[slot]!);
    if (counts('price') && !Number.isNaN(prices[slot]!)) {
      const band = bandOf(prices[slot]!);
      bands.set(band, (bands.get(band) ?? 0) + 1);
    }
  }
  const isCounted = fitting <= LIMITS.products_counted_by_attributes;
  for (const slot of isCounted ? matching : []) {
    const failed = failedBy(slot, conditions);
    if (failed !== undefined && !failed.startsWith('attribute')) continue;
    for (const number of attributes[slot] ?? []) {
      const { field, name } = values.at(number);
      if (failed === undefined || failed === fieldOf(field, name)) tally.add(number);
    }
  }
  const counted = tally.take().map(({ number, count }) => ({ of: values.at(number), count }));
  const ofField = (field: Value['field']) => counted.filter(({ of }) => of.field === field);
  return {
    matching: fitting,
    brand: mostOf(ofField('brand'), most),
    category: mostOf(ofField('category'), most),
    price: [...bands]
      .sort(([a], [b]) => a - b)
      .map(([band, count]) => ({ at_least: startOf(band), below: startOf(band + 1), count })),
    ...(isCounted ? { attributes: byName(ofField('attribute'), most) } : {}),
  };
}

/** Nothing where all conditions are met, the field of one that is not, and `several` where other fields fail, too. */
function failedBy(slot: number, conditions: readonly Condition[]): string | undefined {
  let failed: string | undefined;
  for (const { field, fits } of conditions) {
    if (failed === field || fits(slot)) continue;
    if (failed !== undefined) return 'several';
    failed = field;
  }
  return failed;
}

interface Counted {
  of: Value;
  count: number;
}

function mostOf(counted: readonly Counted[], most: number): Counts {
  return counted
    .map(({ of, count }) => ({ value: of.value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, most);
}

/** An attribute by which no two products are alike, such as a number of a part, is nothing to choose from. */
function byName(counted: readonly Counted[], most: number): NonNullable<Facets['attributes']> {
  const names = new Map<string, Counted[]>();
  for (const each of counted) {
    const key = each.of.name.toLowerCase();
    const known = names.get(key);
    if (known) known.push(each);
    else names.set(key, [each]);
  }
  return [...names.values()]
    .filter(of => of.length === 1 || of.some(({ count }) => count > 1))
    .map(of => ({ of, products: of.reduce((sum, { count }) => sum + count, 0) }))
    .sort((a, b) => b.products - a.products)
    .slice(0, ATTRIBUTES)
    .map(({ of }) => ({ name: of[0]!.of.name, values: mostOf(of, most) }));
}

/** Bands are numbered by their starts: 0 is from 0 to 1, then 1, 2, 5, 10, 20, 50 and so on. */
function bandOf(price: number): number {
  if (price < 1) return 0;
  const decade = Math.floor(Math.log10(price) + 1e-9);
  const lead = price / 10 ** decade;
  return 1 + 3 * decade + (lead >= 5 ? 2 : lead >= 2 ? 1 : 0);
}

function startOf(band: number): number {
  return band === 0 ? 0 : STEPS[(band - 1) % 3]! * 10 ** Math.floor((band - 1) / 3);
}
