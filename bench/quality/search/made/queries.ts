import { type Random, random } from '../../../../models/random.ts';
import type { CatalogueProduct } from '../catalogue.ts';
import type { JudgedQuery } from '../judgements.ts';
import { findTypes } from '../types.ts';

/** How a query was made of a product. */
export type MadeKind = 'kind' | 'kind and fact' | 'brand and kind' | 'model' | 'description' | 'other name';

export interface MadeQuery extends JudgedQuery {
  made: MadeKind;
}

/** A product with what queries are made of. */
interface Described {
  product: CatalogueProduct;
  place: number;
  /** What kind of product its title says it is. */
  type: string;
  /** Attributes as people write them into a query: values of texts, names of flags. */
  facts: ReadonlySet<string>;
  words: ReadonlySet<string>;
}

type Grade = (other: Described) => number;

/** What a query says and how well other products answer it; nothing where the product does not have what it takes. */
type Maker = (described: Described, draws: Random, kinds: Kinds) => { text: string; grade: Grade } | undefined;

const WORDS_OF_A_FACT = 2;
const LETTERS = /\p{L}{3,}/u;

/**
 * Queries that nobody asked, made of a catalogue to choose settings by. Each begins with a product that is drawn: what
 * kind of product it is, one of its attributes or its brand with that, brand and the first word of its model, two or
 * three words in a row of its description, or a word that is frequent in descriptions of its kind, rare elsewhere and no
 * part of the kind's name. Products of the same kind have grade 1, those that are all that the query says 3. Products
 * whose titles say no kind are not judged.
 *
 * @param ofEach queries of each way to make one, where there are so many; none comes twice
 */
export function makeQueries(products: readonly CatalogueProduct[], ofEach: number, seed = 1): MadeQuery[] {
  const described = describe(products);
  const kinds = new Kinds(described);
  const draws = random(seed);
  const texts = new Set<string>();
  const judged = Int32Array.from(described, ({ place }) => place);
  return (Object.entries(MAKERS) as [MadeKind, Maker][]).flatMap(([made, make]) => {
    const queries: MadeQuery[] = [];
    for (const at of draws.shuffle(Int32Array.from(described.keys()))) {
      if (queries.length === ofEach) break;
      const { text, grade } = make(described[at]!, draws, kinds) ?? {};
      if (text === undefined || texts.has(text)) continue;
      texts.add(text);
      const grades = new Uint8Array(products.length);
      for (const other of described) grades[other.place] = grade!(other);
      queries.push({ made, query: text, grades, judged });
    }
    return queries;
  });
}

const MAKERS: Record<MadeKind, Maker> = {
  kind: ({ type }, draws) => ({ text: plural(type, draws), grade: other => (other.type === type ? 3 : 0) }),
  'kind and fact': ({ type, facts }, draws) => {
    const fact = drawn([...facts], draws);
    if (fact === undefined || type.includes(fact)) return undefined;
    return { text: `${fact} ${plural(type, draws)}`, grade: graded(type, other => other.facts.has(fact)) };
  },
  'brand and kind': ({ type, product: { brand } }, draws) => ({
    text: `${brand.toLowerCase()} ${plural(type, draws)}`,
    grade: graded(type, other => other.product.brand === brand),
  }),
  model: ({ type, product: { brand, name } }) => {
    const [first = ''] = wordsOf(name).filter(word => word !== brand.toLowerCase());
    if (first.length < 3) return undefined;
    const isLike = (other: Described) => other.product.brand === brand && wordsOf(other.product.name).includes(first);
    return { text: `${brand.toLowerCase()} ${first}`, grade: graded(type, isLike) };
  },
  description: ({ type, product }, draws) => {
    const words = wordsOf(product.description).filter(word => LETTERS.test(word));
    if (words.length < 6) return undefined;
    const start = draws.below(words.length - 3);
    const said = words.slice(start, start + 2 + draws.below(2));
    return { text: said.join(' '), grade: graded(type, other => said.every(word => other.words.has(word))) };
  },
  'other name': ({ type }, draws, kinds) => {
    const name = drawn(kinds.otherNames(type), draws);
    if (name === undefined) return undefined;
    return { text: name, grade: graded(type, other => other.words.has(name)) };
  },
};

function graded(type: string, isAll: (other: Described) => boolean): Grade {
  return other => {
    if (other.type !== type) return 0;
    return isAll(other) ? 3 : 1;
  };
}

/** What the catalogue says of each kind of product. */
class Kinds {
  readonly #byType = new Map<string, Described[]>();
  readonly #having = new Map<string, number>();
  readonly #names = new Map<string, string[]>();

  constructor(described: readonly Described[]) {
    for (const each of described) {
      this.#byType.set(each.type, [...(this.#byType.get(each.type) ?? []), each]);
      for (const word of each.words) this.#having.set(word, (this.#having.get(word) ?? 0) + 1);
    }
  }

  /** Words that a tenth of a kind's products have and few others, and that its name does not. */
  otherNames(type: string): readonly string[] {
    const known = this.#names.get(type);
    if (known) return known;
    const alike = this.#byType.get(type)!;
    const counts = new Map<string, number>();
    for (const { words } of alike) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    const names = [...counts]
      .filter(([word, count]) => count >= 5 && count >= alike.length / 10 && 2 * count >= this.#having.get(word)!)
      .map(([word]) => word)
      .filter(word => LETTERS.test(word) && !/\d/.test(word) && !type.includes(word));
    this.#names.set(type, names);
    return names;
  }
}

function describe(products: readonly CatalogueProduct[]): Described[] {
  const { names, of } = findTypes(products);
  return products.flatMap((product, place) => {
    if (of[place]! < 0) return [];
    const words = new Set([...wordsOf(product.description), ...wordsOf(product.title)]);
    return [{ product, place, type: names[of[place]!]!, facts: factsOf(product), words }];
  });
}

function factsOf({ facts, brand }: CatalogueProduct): Set<string> {
  const said = Object.entries(facts).map(([name, value]) => (value === '' ? name : value).toLowerCase());
  return new Set(
    said.filter(
      fact => LETTERS.test(fact) && fact.split(' ').length <= WORDS_OF_A_FACT && fact !== brand.toLowerCase(),
    ),
  );
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}-]*/gu) ?? [];
}

function plural(type: string, { below }: Random): string {
  return below(2) === 0 || /s$/.test(type) ? type : `${type}s`;
}

function drawn<T>(values: readonly T[], { below }: Random): T | undefined {
  return values.length === 0 ? undefined : values[below(values.length)];
}
