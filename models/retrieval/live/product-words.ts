import type { Product } from '../../../schemas/events.ts';
import type { Field } from '../words.ts';
import { type Found, LiveWords, type WordSearch } from './words.ts';

export type ProductField = 'title' | 'brand' | 'category' | 'description' | 'attributes';

/**
 * The fields of a product that a query is compared with. Names of categories and values of attributes are words too. A
 * long title says no less of its product; a long description does.
 */
export const PRODUCT_FIELDS: Readonly<Record<ProductField, Field>> = {
  title: { weight: 4, b: 0.6 },
  brand: { weight: 1, b: 0 },
  category: { weight: 0.2, b: 0 },
  description: { weight: 1, b: 0.75 },
  attributes: { weight: 0.2, b: 0.75 },
};

export interface FoundWords extends Found {
  /** Empty where a product has none. */
  categories: readonly string[];
}

/** Products by their words. */
export class ProductWords {
  readonly #words: LiveWords<ProductField>;

  constructor(fields = PRODUCT_FIELDS) {
    this.#words = new LiveWords(fields);
  }

  get size(): number {
    return this.#words.size;
  }

  set({ item, title, brand, category, description, attributes }: Omit<Product, 'v' | 'at_ms' | 'available'>): void {
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
  search(query: string, k: number, options?: WordSearch): FoundWords {
    const found = this.#words.search(query, k, options);
    const categories = new Array<string>(found.slots.length);
    for (let place = 0; place < categories.length; place++) {
      categories[place] = this.#words.text(found.slots[place]!, 'category');
    }
    return { ...found, categories };
  }
}
