import { ProductWords } from '../../models/retrieval/live/product-words.ts';
import { findProducts } from '../../models/search/search.ts';
import { contentTerms } from '../../models/support/answer/function-words.ts';
import type { Product } from '../../schemas/topics/events.ts';
import { admit } from '../admit.ts';
import type { StreamRecord } from '../kafka/bus.ts';

/** The shop's products, found by the words of a question that say what it is about. */
export class Catalogue {
  readonly #products = new Map<string, Product>();
  readonly #words = new ProductWords();

  get size(): number {
    return this.#products.size;
  }

  /** Takes a record of `shop.catalogue`. What is refused changes nothing; the sink writes its dead letter. */
  apply(record: StreamRecord): void {
    if (record.key === null) return;
    if (record.value === null) {
      this.#products.delete(record.key);
      this.#words.delete(record.key);
      return;
    }
    const product = admit('shop.catalogue', record);
    if (!product.ok) return;
    this.#products.set(record.key, product.value);
    this.#words.set(product.value);
  }

  titleOf(item: string): string | undefined {
    return this.#products.get(item)?.title;
  }

  get(item: string): Product | undefined {
    return this.#products.get(item);
  }

  /** The best first. */
  find(question: string, most: number): Product[] {
    const text = contentTerms(question).join(' ');
    const { items } = findProducts({ text }, { words: this.#words, vectors: undefined }, most);
    return items.map(item => this.#products.get(item)!);
  }
}
