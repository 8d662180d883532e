/** Numbers for different things, from 0, in the order in which they come first. */
export class Numbering<T> {
  readonly #numbers = new Map<T, number>();

  of(thing: T): number {
    const found = this.#numbers.get(thing);
    if (found !== undefined) return found;
    const number = this.#numbers.size;
    this.#numbers.set(thing, number);
    return number;
  }

  /** In the order of their numbers. */
  get things(): T[] {
    return [...this.#numbers.keys()];
  }
}
