/** A set of items of which any can be drawn by its number. */
export class Bag {
  readonly #items: string[] = [];
  readonly #places = new Map<string, number>();

  get size(): number {
    return this.#items.length;
  }

  has(item: string): boolean {
    return this.#places.has(item);
  }

  /** @param place from 0 to size - 1; items change places when others leave */
  at(place: number): string {
    return this.#items[place]!;
  }

  add(item: string): void {
    if (!this.has(item)) this.#places.set(item, this.#items.push(item) - 1);
  }

  delete(item: string): void {
    const place = this.#places.get(item);
    if (place === undefined) return;
    this.#places.delete(item);
    const last = this.#items.pop()!;
    if (last === item) return;
    this.#items[place] = last;
    this.#places.set(last, place);
  }
}
