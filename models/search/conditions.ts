import type { SearchFilter } from '../../schemas/search.ts';
import type { ProductValues } from '../retrieval/live/product-values.ts';

/** What the filters of one field ask of a product. */
export interface Condition {
  /** Two conditions of one field are counted together. */
  readonly field: string;
  fits(slot: number): boolean;
}

/** Filters as conditions on slots: of one field or attribute any value will do, of several fields each counts. */
export function conditionsOf(filters: readonly SearchFilter[], values: ProductValues): Condition[] {
  const conditions: Condition[] = [];
  const wanted = new Map<string, Set<number>>();
  for (const filter of filters) {
    if (filter.field === 'price') {
      conditions.push({ field: 'price', fits: withinPrices(filter, values) });
      continue;
    }
    const name = filter.field === 'attribute' ? filter.name : '';
    const field = fieldOf(filter.field, name);
    const numbers = wanted.get(field) ?? new Set();
    wanted.set(field, numbers.add(values.numberOf(filter.field, name, filter.value) ?? Number.NaN));
  }
  for (const [field, numbers] of wanted) conditions.push({ field, fits: havingOneOf(field, numbers, values) });
  return conditions;
}

/** By what conditions and counts name a field: attributes by their names, whatever the case. */
export function fieldOf(field: string, name: string): string {
  return field === 'attribute' ? `attribute ${name.toLowerCase()}` : field;
}

export function fitsAll(conditions: readonly Condition[]): ((slot: number) => boolean) | undefined {
  if (conditions.length === 0) return undefined;
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

function havingOneOf(field: string, numbers: ReadonlySet<number>, values: ProductValues): Condition['fits'] {
  if (field === 'brand') return slot => numbers.has(values.brands[slot]!);
  if (field === 'category') return slot => numbers.has(values.categories[slot]!);
  return slot => values.attributes[slot]?.some(number => numbers.has(number)) ?? false;
}
