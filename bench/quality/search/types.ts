/** What a product's title is made of, as other fields know it. */
export interface TitledProduct {
  title: string;
  /** What the maker calls it; what follows it in the title says what it is. */
  name: string;
  brand: string;
  /** Values of its attributes that are texts, such as colours. */
  values: readonly string[];
}

export interface ProductTypes {
  /** Such as `notebook case`, in lower case, the most frequent first. */
  names: string[];
  /** [products] the place of each product's type in `names`, -1 where its title does not say it. */
  of: Int32Array;
}

export interface EnoughForType {
  products: number;
  brands: number;
}

const LONGEST = 5;
const WORD = /^\p{L}[\p{L}/'-]*$/u;

/**
 * Finds what kinds of products a catalogue has, where nobody wrote it down: `HP 530 notebook Black 39.6 cm` says after
 * the product's own name, and before the first number or value of an attribute, that it is a notebook. What several
 * products of several brands say so is a type, unless it is more often the value of an attribute.
 */
export function findTypes(
  products: readonly TitledProduct[],
  enough: EnoughForType = { products: 3, brands: 2 },
): ProductTypes {
  const values = products.map(valuesOf);
  const phrases = products.map((product, place) => phraseOf(product, values[place]!));
  const said = brandsBy(phrases, products);
  const asValue = countsOf(values.flatMap(each => [...each]));
  const names = [...said]
    .filter(([, brands]) => brands.length >= enough.products && new Set(brands).size >= enough.brands)
    .filter(([phrase, brands]) => (asValue.get(phrase) ?? 0) < brands.length)
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([phrase]) => phrase);
  const places = new Map(names.map((name, place) => [name, place]));
  return { names, of: Int32Array.from(phrases, phrase => longestKnown(phrase, places)) };
}

function valuesOf({ values }: TitledProduct): Set<string> {
  return new Set(
    values
      .flatMap(value => folded(value).split(/[,;]/))
      .map(value => value.trim())
      .filter(Boolean),
  );
}

function phraseOf({ title, name }: TitledProduct, values: ReadonlySet<string>): string[] {
  const at = title.toLowerCase().indexOf(name.toLowerCase());
  if (name === '' || at < 0) return [];
  const words = folded(title.slice(at + name.length))
    .trim()
    .split(/\s+/);
  const end = words.findIndex((word, place) => !WORD.test(word) || beginsWithValue(words.slice(place), values));
  return words.slice(0, Math.min(end < 0 ? words.length : end, LONGEST));
}

function beginsWithValue(words: readonly string[], values: ReadonlySet<string>): boolean {
  const rest = words.join(' ').replaceAll(',', ' ');
  return [...values].some(value => rest === value || rest.startsWith(`${value} `));
}

/** The brand of each product that says a phrase, by the phrase. */
function brandsBy(phrases: readonly string[][], products: readonly TitledProduct[]): Map<string, string[]> {
  const brands = new Map<string, string[]>();
  for (const [place, words] of phrases.entries()) {
    if (words.length === 0) continue;
    const phrase = words.join(' ');
    const known = brands.get(phrase);
    if (known) known.push(products[place]!.brand);
    else brands.set(phrase, [products[place]!.brand]);
  }
  return brands;
}

function countsOf(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

function longestKnown(words: readonly string[], places: ReadonlyMap<string, number>): number {
  for (let length = words.length; length > 0; length--) {
    const place = places.get(words.slice(0, length).join(' '));
    if (place !== undefined) return place;
  }
  return -1;
}

function folded(text: string): string {
  return text.toLowerCase().replaceAll(/[®™]/g, '');
}
