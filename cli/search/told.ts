import type { Facets, ReadFilter, Rescue, SearchFilter, SearchTold, Understood } from '../../schemas/topics/search.ts';

const RESCUED: Readonly<Record<Rescue, string>> = {
  brand: 'no product of that brand fits: others of the kind',
  price: 'no product fits at that price: others of the kind',
  meaning: 'no product has these words: those nearest in meaning',
  spelling: 'no product has these words: others that are spelt alike',
  popular: 'nothing fits: what is popular',
};

/** What a list says of its search, line by line. */
export function toldOf({ understood, facets, rescue }: SearchTold): string[] {
  return [
    ...(understood ? understoodAs(understood) : []),
    ...(rescue ? [`instead: ${RESCUED[rescue]}`] : []),
    ...(facets ? counted(facets) : []),
  ];
}

function understoodAs({ language, text, filters, spelling, synonyms }: Understood): string[] {
  const replaced = (pairs: Understood['spelling']) => pairs.map(({ from, to }) => `${from} as ${to}`).join(', ');
  return [
    `searched for: ${text}${language === undefined ? '' : ` (${language})`}`,
    ...(filters.length > 0 ? [`understood: ${filters.map(readAs).join('; ')}`] : []),
    ...(spelling.length > 0 ? [`spelling: ${replaced(spelling)}`] : []),
    ...(synonyms.length > 0 ? [`synonyms: ${replaced(synonyms)}`] : []),
  ];
}

function readAs({ words, filter, hard }: ReadFilter): string {
  return `${JSON.stringify(words)} as ${described(filter)}${hard ? '' : ', preferred'}`;
}

function described(filter: SearchFilter): string {
  if (filter.field !== 'price') return `${filter.field === 'attribute' ? filter.name : filter.field} ${filter.value}`;
  const { at_least, at_most, currency } = filter;
  const bounds = [at_least === undefined ? '' : `from ${at_least}`, at_most === undefined ? '' : `up to ${at_most}`];
  return ['price', ...bounds, currency ?? ''].filter(part => part !== '').join(' ');
}

function counted({ matching, brand, category, price, attributes = [] }: Facets): string[] {
  const values = (counts: Facets['brand']) => counts.map(({ value, count }) => `${value} ${count}`).join(', ');
  const bands = price.map(({ at_least, below, count }) => `${at_least} to ${below}: ${count}`).join(', ');
  const lines: [string, string][] = [
    ['brand', values(brand)],
    ['category', values(category)],
    ['price', bands],
    ...attributes.map(({ name, values: of }): [string, string] => [name, values(of)]),
  ];
  return [`matching: ${matching}`, ...lines.flatMap(([name, of]) => (of === '' ? [] : [`  ${name}: ${of}`]))];
}
