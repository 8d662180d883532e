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
  return slot => {
    const price = values.prices[slot]!;
    if (!(price >= at_least && price <= at_most)) return false;
    return wanted === undefined || values.currencies[slot] === wanted || values.currencies[slot]! < 0;
  };
}

function havingOneOf(field: ValueField, numbers: ReadonlySet<number>, values: ProductValues): Condition['fits'] {
  if (field === 'brand') return slot => numbers.has(values.brands[slot]!);
  if (field === 'category') return slot => numbers.has(values.categories[slot]!);
  return slot => values.attributes[slot]?.some(number => numbers.has(number)) ?? false;
}
