import type { Product } from '../../../schemas/topics/events.ts';
import type { Field } from '../words.ts';
import { ProductValues } from './product-values.ts';
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

/** Products by their words, and what else of them a search looks at. */
export class ProductWords {
  readonly #words: LiveWords<ProductField>;
  readonly values = new ProductValues();

  constructor(fields = PRODUCT_FIELDS) {
    this.#words = new LiveWords(fields);
  }

  get size(): number {
    return this.#words.size;
  }

  /** See `LiveWords`. */
  get slots(): number {
    return this.#words.slots;
  }

  /** See `LiveWords`. */
  get moves(): number {
    return this.#words.moves;
  }

  set(product: Omit<Product, 'v' | 'at_ms' | 'available'>): void {
    const { item, title, brand, category, description, attributes } = product;
    const described = attributes && Object.entries(attributes).flat().join(' ');
    this.#words.set(item, {
      title,
      category,
      ...(brand === undefined ? {} : { brand }),
      ...(description === undefined ? {} : { description }),
      ...(described === undefined ? {} : { attributes: described }),
    });
    this.values.set(this.#words.slotOf(item)!, product);
  }

  delete(item: string): void {
    const slot = this.#words.slotOf(item);
    if (slot !== undefined) this.values.delete(slot);
    this.#words.delete(item);
  }

  /** The k best products that have a word of the query. */
  search(query: string, k: number, options?: WordSearch): Found<ProductField> {
    return this.#words.search(query, k, options);
  }

  /** See `LiveWords`. */
  slotOf(item: string): number | undefined {
    return this.#words.slotOf(item);
  }

  /** See `LiveWords`. */
  itemAt(slot: number): string | undefined {
    return this.#words.itemAt(slot);
  }

  /** See `LiveWords`. */
  having(term: string): number {
    return this.#words.having(term);
  }

  /** See `LiveWords`. */
  meant(term: string, widely?: boolean): string | undefined {
    return this.#words.meant(term, widely);
  }
}
