import type { Product } from '../../../schemas/events.ts';
import type { Field } from '../words.ts';
import { LiveWords } from './words.ts';

/** The fields of a product that a query is compared with. Names of categories and values of attributes are words too. */
const FIELDS = {
  title: { weight: 2, b: 0.75 },
  brand: { weight: 1, b: 0.75 },
  category: { weight: 1, b: 0.75 },
  description: { weight: 1, b: 0.75 },
  attributes: { weight: 0.2, b: 0.75 },
} as const satisfies Record<string, Field>;

/** Products by their words. */
export class ProductWords {
  readonly #words = new LiveWords(FIELDS);

  get size(): number {
    return this.#words.size;
  }

  set({ item, title, brand, category, description, attributes }: Product): void {
    const described = attributes && Object.entries(attributes).flat().join(' ');
    this.#words.set(item, {
      title,
      category,
      ...(brand === undefined ? {} : { brand }),
      ...(description === undefined ? {} : { description }),
      ...(described === undefined ? {} : { attributes: described }),
    });
  }

  delete(item: string): void {
    this.#words.delete(item);
  }

  /** The k best products that have a word of the query. */
  search(query: string, k: number): readonly string[] {
    return this.#words.search(query, k).items;
  }
}
