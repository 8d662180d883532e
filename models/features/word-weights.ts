import { Numbering } from '../numbering.ts';

/** Words have numbers as long as the process runs: there are as many as the catalogue has ever had. */
const numbers = new Numbering<string>();
const SPREAD = 0x9e3779b1;

/** The numbers of words, to be kept where they are asked for again and again. */
export function numbersOf(words: readonly string[]): Int32Array {
  return Int32Array.from(words, word => numbers.of(word));
}

/**
 * Weights of some words, to be asked for by those of many titles: a table with open addresses, since a `Map` of texts takes
 * most of the time in which a vector of features is filled.
 */
export class WordWeights {
  readonly #mask: number;
  /** Numbers of words, increased by 1; 0 where there is none. */
  readonly #words: Int32Array;
  readonly #weights: Float64Array;

  constructor(weights: ReadonlyMap<string, number>) {
    const places = 2 ** Math.ceil(Math.log2(4 * weights.size + 1));
    this.#mask = places - 1;
    this.#words = new Int32Array(places);
    this.#weights = new Float64Array(places);
    for (const [word, weight] of weights) {
      const number = numbers.of(word);
      const place = this.#placeOf(number);
      this.#words[place] = number + 1;
      this.#weights[place] = weight;
    }
  }

  /** The mean weight of a title's words, 0 for those that have none. @param words numbers of different words */
  meanOf(words: Int32Array): number {
    if (words.length === 0 || this.#mask === 0) return 0;
    let sum = 0;
    for (let n = 0; n < words.length; n++) sum += this.#weights[this.#placeOf(words[n]!)]!;
    return sum / words.length;
  }

  /** Where the word is, or an empty place. */
  #placeOf(number: number): number {
    let place = (Math.imul(number, SPREAD) >>> 8) & this.#mask;
    while (this.#words[place] !== 0 && this.#words[place] !== number + 1) place = (place + 1) & this.#mask;
    return place;
  }
}
