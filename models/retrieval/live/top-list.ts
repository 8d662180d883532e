/**
 * The items with the greatest keys, kept in order while keys change one by one. An item that comes or rises finds its
 * place by halving; only where so many leave that the list could miss others is it made again from all keys.
 */
export class TopList {
  /** Greatest key first; of equal keys the one that was set first. */
  readonly items: string[] = [];
  readonly #keys = new Map<string, number>();
  readonly #most: number;

  /** @param most items that the list holds; while some leave, it may be down to half of that */
  constructor(most: number) {
    this.#most = most;
  }

  /** The number of items that have a key. */
  get size(): number {
    return this.#keys.size;
  }

  set(item: string, key: number): void {
    if (this.#keys.get(item) === key) return;
    this.#take(item);
    const isWhole = this.items.length === this.#keys.size;
    this.#keys.set(item, key);
    const place = this.#placeOf(key);
    if (place < this.items.length || (isWhole && place < this.#most)) this.items.splice(place, 0, item);
    if (this.items.length > this.#most) this.items.pop();
    this.#refill();
  }

  delete(item: string): void {
    this.#take(item);
    this.#refill();
  }

  #take(item: string): void {
    const key = this.#keys.get(item);
    if (key === undefined) return;
    const after = this.#placeOf(key);
    const at = after === 0 ? -1 : this.items.lastIndexOf(item, after - 1);
    if (at >= 0) this.items.splice(at, 1);
    this.#keys.delete(item);
  }

  /** Behind all items whose key is as great. */
  #placeOf(key: number): number {
    let low = 0;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#keyAt(middle) >= key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #keyAt(place: number): number {
    return this.#keys.get(this.items[place]!)!;
  }

  #refill(): void {
    const wanted = Math.min(this.#most, this.#keys.size);
    if (this.items.length >= Math.ceil(wanted / 2)) return;
    const best = [...this.#keys].sort(([, a], [, b]) => (b === a ? 0 : b - a)).slice(0, wanted);
    this.items.splice(0, this.items.length, ...best.map(([item]) => item));
  }
}
