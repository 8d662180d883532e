import type { SearchFilter } from '../../schemas/topics/search.ts';
import type { ProductValues, ValueField } from '../retrieval/live/product-values.ts';

/** What the filters of one field ask of a product. */
export interface Condition {
  /** `price`, or the number of a kind of values; undefined where no product has any. Those of one field are one. */
  readonly field: number | 'price' | undefined;
  readonly fits: (slot: number) => boolean;
}

/** Filters as conditions on slots: of one field or attribute any value will do, of several fields each counts. */
export function conditionsOf(filters: readonly SearchFilter[], values: ProductValues): Condition[] {
  const conditions: Condition[] = [];
  const wanted = new Map<string, { kind: number | undefined; of: ValueField; numbers: Set<number> }>();
  for (const filter of filters) {
    if (filter.field === 'price') {
      conditions.push({ field: 'price', fits: withinPrices(filter, values) });
      continue;
    }
    const name = filter.field === 'attribute' ? filter.name : '';
    const key = `${filter.field} ${name.toLowerCase()}`;
    const kind = values.kindOf(filter.field, name);
    const known = wanted.get(key) ?? { kind, of: filter.field, numbers: new Set() };
    known.numbers.add(values.numberOf(filter.field, name, filter.value) ?? Number.NaN);
    wanted.set(key, known);
  }
  for (const { kind, of, numbers } of wanted.values()) {
    conditions.push({ field: kind, fits: havingOneOf(of, numbers, values) });
  }
  return conditions;
}

/** Where a slot meets all conditions, and where it fails those of several fields. */
export const FITS = -1;
export const SEVERAL = -2;
/** The field of prices as a number; others are those of kinds of values. */
export const PRICE = -3;
/** No product has a value of this field. */
const UNHEARD = -4;

/**
 * Which conditions slots fail: FITS, SEVERAL, or the field of those that are not met.
 *
 * @param failed is filled, by place in `slots`
 */
export function failures(slots: Int32Array, conditions: readonly Condition[], failed: Int32Array): void {
  failed.fill(FITS, 0, slots.length);
  for (const { field, fits } of conditions) {
    const own = field === 'price' ? PRICE : (field ?? UNHEARD);
    for (let at = 0; at < slots.length; at++) {
      if (failed[at] === own || failed[at] === SEVERAL || fits(slots[at]!)) continue;
      failed[at] = failed[at] === FITS ? own : SEVERAL;
    }
  }
}

export function fitsAll(conditions: readonly Condition[]): ((slot: number) => boolean) | undefined {
  if (conditions.length < 2) return conditions[0]?.fits;
  return slot => conditions.every(({ fits }) => fits(slot));
}

/** What has no price is in no range; what is in another currency is not either, where the shop has prices in this one. */
function withinPrices(
  { at_least = 0, at_most = Number.POSITIVE_INFINITY, currency }: Extract<SearchFilter, { field: 'price' }>,
  values: ProductValues,
): Condition['fits'] {
  const wanted = currency === undefined ? undefined : values.currencyOf(currency);
  const { prices, currencies } = values; // until products come: by then nobody asks
  if (wanted === undefined) return slot => prices[slot]! >= at_least && prices[slot]! <= at_most;
  return slot => {
    const price = prices[slot]!;
    return price >= at_least && price <= at_most && (currencies[slot] === wanted || currencies[slot]! < 0);
  };
}

function havingOneOf(field: ValueField, numbers: ReadonlySet<number>, values: ProductValues): Condition['fits'] {
  if (field === 'brand') return slot => numbers.has(values.brands[slot]!);
  if (field === 'category') return slot => numbers.has(values.categories[slot]!);
  return slot => values.attributes[slot]?.some(number => numbers.has(number)) ?? false;
}
