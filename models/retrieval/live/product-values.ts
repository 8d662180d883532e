import type { Product } from '../../../schemas/topics/events.ts';
import { phraseOf } from '../analyse.ts';
import { Tally } from './tally.ts';

export type ValueField = 'brand' | 'category' | 'attribute';

/** A value that products have: of a brand, of a category, or of an attribute. */
export interface Value {
  readonly field: ValueField;
  /** Of an attribute; else empty. */
  readonly name: string;
  /** What it is a value of, as a number: a field, or an attribute by its name, whatever the case. */
  readonly kind: number;
  /** As it was written first. */
  readonly value: string;
  /** What it is to an index of words; empty where it is no phrase that is typed. */
  readonly phrase: string;
  /** Products that have it. */
  count: number;
}

export type Valued = Pick<Product, 'category' | 'brand' | 'price' | 'currency' | 'attributes'>;

/** A longer value is a text, and none that anybody chooses or types. */
const MOST_CHARS = 64;
const MOST_WORDS = 3;
const NONE = -1;
const FIRST_CAPACITY = 1_024;

/**
 * What products have beside their words, by slot: brand, category and attributes as numbers of values, prices with their
 * currencies. A product costs its own values; what matches a query is counted and filtered without a look at products.
 */
export class ProductValues {
  readonly #values: (Value | undefined)[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #vacant: number[] = [];
  /** Numbers of the values that have a phrase. */
  readonly #phrases = new Map<string, number[]>();
  readonly #kinds = new Map<string, number>();
  readonly #currencies = new Map<string, { number: number; count: number }>();
  brands = new Int32Array(FIRST_CAPACITY).fill(NONE);
  categories = new Int32Array(FIRST_CAPACITY).fill(NONE);
  /** NaN where a product has none. */
  prices = new Float64Array(FIRST_CAPACITY).fill(Number.NaN);
  currencies = new Int32Array(FIRST_CAPACITY).fill(NONE);
  /** Numbers of the bands in which the prices are, see `startOfBand`. */
  bands = new Int8Array(FIRST_CAPACITY).fill(NONE);
  readonly attributes: (Int32Array | undefined)[] = [];
  /** Of what each value is, by its number: whoever counts thousands of them has no time to look at each. */
  kinds = new Int32Array(FIRST_CAPACITY);
  /** For who counts values; empty in between. */
  readonly tally = new Tally();
  /** As long as there are slots, for who counts them. */
  room = new Int32Array(FIRST_CAPACITY);

  /** Takes a product's values in place of those that its slot had. */
  set(slot: number, { category, brand, price, currency, attributes = {} }: Valued): void {
    while (slot >= this.brands.length) this.#grow();
    this.delete(slot);
    this.categories[slot] = this.#take('category', '', category);
    this.brands[slot] = brand === undefined ? NONE : this.#take('brand', '', brand);
    this.prices[slot] = price ?? Number.NaN;
    this.bands[slot] = price === undefined ? NONE : bandOf(price);
    this.currencies[slot] = currency === undefined || price === undefined ? NONE : this.#takeCurrency(currency);
    const taken = Object.entries(attributes).map(([name, value]) => this.#take('attribute', name, value));
    this.attributes[slot] = Int32Array.from(taken.filter(number => number !== NONE));
  }

  delete(slot: number): void {
    if (slot >= this.brands.length) return;
    for (const number of [this.brands[slot]!, this.categories[slot]!]) this.#leave(number);
    for (const number of this.attributes[slot] ?? []) this.#leave(number);
    for (const each of this.#currencies.values()) if (each.number === this.currencies[slot]) each.count--;
    this.brands[slot] = this.categories[slot] = this.currencies[slot] = this.bands[slot] = NONE;
    this.prices[slot] = Number.NaN;
    this.attributes[slot] = undefined;
  }

  at(number: number): Value {
    return this.#values[number]!;
  }

  /** The number of a value; undefined where no product has it. Case does not matter. */
  numberOf(field: ValueField, name: string, value: string): number | undefined {
    return this.#numbers.get(keyOf(field, name, value));
  }

  /** Numbers of the values that are written so, by their phrases. */
  named(phrase: string): readonly number[] {
    return this.#phrases.get(phrase) ?? [];
  }

  /** Whether both are values of one brand or attribute: then they are not two words for one thing. */
  areAlternatives(phrase: string, other: string): boolean {
    const kinds = new Set(this.named(phrase).map(number => this.at(number).kind));
    return this.named(other).some(number => kinds.has(this.at(number).kind));
  }

  /** The number of what values of a field, or of an attribute, are of; undefined where there was none yet. */
  kindOf(field: ValueField, name: string): number | undefined {
    return this.#kinds.get(keyOfKind(field, name));
  }

  /** The number of a currency in which products have prices; undefined where none has. */
  currencyOf(currency: string): number | undefined {
    const known = this.#currencies.get(currency.toUpperCase());
    return known && known.count > 0 ? known.number : undefined;
  }

  #take(field: ValueField, name: string, value: string): number {
    const trimmed = value.trim();
    if (trimmed === '' || trimmed.length > MOST_CHARS) return NONE;
    const key = keyOf(field, name, trimmed);
    const known = this.#numbers.get(key);
    if (known !== undefined) {
      this.#values[known]!.count++;
      return known;
    }
    const phrase = phraseIn(trimmed);
    const number = this.#vacant.pop() ?? this.#values.length;
    const kind = this.#takeKind(field, name);
    this.#values[number] = { field, name, kind, value: trimmed, phrase, count: 1 };
    if (number >= this.kinds.length) {
      const grown = new Int32Array(2 * this.kinds.length);
      grown.set(this.kinds);
      this.kinds = grown;
      this.tally.reserve(grown.length);
    }
    this.kinds[number] = kind;
    this.#numbers.set(key, number);
    if (phrase !== '') this.#phrases.set(phrase, [...this.named(phrase), number]);
    return number;
  }

  #leave(number: number): void {
    const value = number === NONE ? undefined : this.#values[number];
    if (!value || --value.count > 0) return;
    this.#numbers.delete(keyOf(value.field, value.name, value.value));
    const alike = this.named(value.phrase).filter(each => each !== number);
    if (alike.length > 0) this.#phrases.set(value.phrase, alike);
    else this.#phrases.delete(value.phrase);
    this.#values[number] = undefined;
    this.#vacant.push(number);
  }

  #takeKind(field: ValueField, name: string): number {
    const key = keyOfKind(field, name);
    const kind = this.#kinds.get(key) ?? this.#kinds.size;
    this.#kinds.set(key, kind);
    return kind;
  }

  #takeCurrency(currency: string): number {
    const code = currency.toUpperCase();
    const known = this.#currencies.get(code) ?? { number: this.#currencies.size, count: 0 };
    known.count++;
    this.#currencies.set(code, known);
    return known.number;
  }

  #grow(): void {
    const twice = <A extends Int32Array | Float64Array | Int8Array>(array: A, empty: number): A => {
      const grown = new (array.constructor as new (length: number) => A)(2 * array.length).fill(empty) as A;
      grown.set(array);
      return grown;
    };
    this.brands = twice(this.brands, NONE);
    this.categories = twice(this.categories, NONE);
    this.currencies = twice(this.currencies, NONE);
    this.prices = twice(this.prices, Number.NaN);
    this.bands = twice(this.bands, NONE);
    this.room = new Int32Array(this.brands.length);
  }
}

/** Values that differ in this no more are one. */
export function caseless(value: string): string {
  return value.trim().toLowerCase();
}

function keyOf(field: ValueField, name: string, value: string): string {
  return `${keyOfKind(field, name)}\0${caseless(value)}`;
}

function keyOfKind(field: ValueField, name: string): string {
  return `${field}\0${name.toLowerCase()}`;
}

/** Bands of prices begin at 0, and at 1, 2 and 5 times powers of ten. */
const STEPS = [1, 2, 5];
export const BANDS = 64;

function bandOf(price: number): number {
  if (price < 1) return 0;
  const decade = Math.floor(Math.log10(price) + 1e-9);
  const lead = price / 10 ** decade;
  return Math.min(BANDS - 1, 1 + STEPS.length * decade + (lead >= 5 ? 2 : lead >= 2 ? 1 : 0));
}

/** The price at which a band begins. */
export function startOfBand(band: number): number {
  return band === 0 ? 0 : STEPS[(band - 1) % STEPS.length]! * 10 ** Math.floor((band - 1) / STEPS.length);
}

/** What is typed for a value: some words, of which one has letters. */
function phraseIn(value: string): string {
  if (!/\p{L}{2}/u.test(value) || value.split(/\s+/u).length > MOST_WORDS) return '';
  return phraseOf(value);
}
