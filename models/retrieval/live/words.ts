import { analyse } from '../analyse.ts';
import { top } from '../top.ts';
import type { Field } from '../words.ts';
import { Postings } from './postings.ts';
import { Spelling } from './spelling.ts';

/** Items by how well their words fit a query, best first; behind them those that were asked for by name. */
export interface Found {
  items: string[];
  /** 0 where an item has no word of the query. */
  scores: Float32Array;
  /** Where the items stand in the index until it changes. */
  slots: Int32Array;
}

export interface WordSearch {
  /** Items whose scores are wanted besides the best, whatever they are. */
  also?: readonly string[];
  /** How late more of the same word stop to matter. */
  k1?: number;
  /** The share of the query's words that a document has, by their idf, counts with this power. */
  coverage?: number;
}

/** Mean lengths of fields may be off by so much before the weights of terms are worked out again. */
const DRIFT = 0.01;
const FIRST_CAPACITY = 1_024;

/**
 * `indexWords` for documents that come, change and go one by one: BM25F with the same analysis, fields and formula,
 * times a power of the share of the query's words that a document has: one of two words twice is not both. A word that no
 * document has is taken for the most frequent one that it may have been meant to be (`Spelling`). A document
 * costs its own terms; a query costs the postings of its terms, and their weights again where fields have become longer
 * or shorter on the whole by more than one per cent.
 */
export class LiveWords<Name extends string> {
  readonly #names: readonly Name[];
  readonly #fields: readonly Field[];
  readonly #slots = new Map<string, number>();
  readonly #items: (string | undefined)[] = [];
  /** The texts of a slot, one of each field, to see whether they change. */
  readonly #texts: (readonly string[] | undefined)[] = [];
  readonly #vacant: number[] = [];
  readonly #terms = new Map<string, Postings>();
  readonly #spelling = new Spelling();
  /** Terms in each field, by slot and then by field, and their sums. */
  #lengths: Float32Array;
  readonly #sums: number[];
  /** What one occurrence weighs, by slot and then by field, with these mean lengths. */
  #norms: Float32Array;
  #means: number[];
  #version = 0;
  #scores = new Float32Array(FIRST_CAPACITY);
  /** Sums of the idf of the query's words that a slot has. */
  #covered = new Float32Array(FIRST_CAPACITY);
  #touched = new Int32Array(FIRST_CAPACITY);
  /** The last search whose answer a slot was in. */
  #answered = new Int32Array(FIRST_CAPACITY);
  #searches = 0;

  constructor(fields: Readonly<Record<Name, Field>>) {
    this.#names = (Object.keys(fields) as Name[]).filter(name => fields[name].weight > 0);
    this.#fields = this.#names.map(name => fields[name]);
    this.#lengths = new Float32Array(FIRST_CAPACITY * this.#names.length);
    this.#norms = new Float32Array(FIRST_CAPACITY * this.#names.length);
    this.#sums = this.#names.map(() => 0);
    this.#means = this.#names.map(() => 0);
  }

  get size(): number {
    return this.#slots.size;
  }

  /** Takes an item's texts, in place of those that it had. A field that is left out is empty. */
  set(item: string, document: Readonly<Partial<Record<Name, string>>>): void {
    const texts = this.#names.map(name => document[name] ?? '');
    const held = this.#slots.get(item);
    if (held !== undefined && this.#texts[held]!.every((text, field) => text === texts[field])) return;
    this.delete(item);
    const slot = this.#vacant.pop() ?? this.#items.length;
    if (slot === this.#scores.length) this.#grow();
    this.#slots.set(item, slot);
    this.#items[slot] = item;
    this.#texts[slot] = texts;
    for (const [field, text] of texts.entries()) {
      const terms = analyse(text);
      for (const term of terms) this.#postings(term).count(slot, field);
      this.#lengths[slot * this.#names.length + field] = terms.length;
      this.#sums[field]! += terms.length;
    }
    this.#weigh(slot);
  }

  /** Forgets an item, if it is there. */
  delete(item: string): void {
    const slot = this.#slots.get(item);
    if (slot === undefined) return;
    for (const [field, text] of this.#texts[slot]!.entries()) {
      const terms = analyse(text);
      this.#sums[field]! -= terms.length;
      for (const term of terms) {
        const postings = this.#terms.get(term);
        postings?.delete(slot);
        if (postings?.length !== 0) continue;
        this.#terms.delete(term);
        this.#spelling.delete(term);
      }
    }
    this.#slots.delete(item);
    this.#items[slot] = undefined;
    this.#texts[slot] = undefined;
    this.#vacant.push(slot);
  }

  /** The k best items that have a word of the query. */
  search(query: string, k: number, { also = [], k1 = 1.2, coverage = 0 }: WordSearch = {}): Found {
    this.#renew();
    const [scores, covered] = [this.#scores, this.#covered];
    const touched = this.#touched.subarray(0, this.#gather(query, k1, coverage));
    const slots = this.#answer(top(scores, k, touched).documents, also);
    const found: Found = { items: new Array(slots.length), scores: new Float32Array(slots.length), slots };
    for (let place = 0; place < slots.length; place++) {
      found.items[place] = this.#items[slots[place]!]!;
      found.scores[place] = scores[slots[place]!]!;
    }
    for (let at = 0; at < touched.length; at++) scores[touched[at]!] = covered[touched[at]!] = 0;
    return found;
  }

  /** The text of a field, as it was set. */
  text(slot: number, name: Name): string {
    return this.#texts[slot]?.[this.#names.indexOf(name)] ?? '';
  }

  /** Those found and behind them those that are named and not yet there. */
  #answer(best: Int32Array, also: readonly string[]): Int32Array {
    const search = ++this.#searches;
    const slots = new Int32Array(best.length + also.length);
    slots.set(best);
    for (let at = 0; at < best.length; at++) this.#answered[best[at]!] = search;
    let count = best.length;
    for (let at = 0; at < also.length; at++) {
      const slot = this.#slots.get(also[at]!);
      if (slot === undefined || this.#answered[slot] === search) continue;
      this.#answered[slot] = search;
      slots[count++] = slot;
    }
    return slots.subarray(0, count);
  }

  /** Adds up the postings of the query's terms; @returns how many slots were touched. */
  #gather(query: string, k1: number, coverage: number): number {
    const [scores, covered, touched] = [this.#scores, this.#covered, this.#touched];
    let count = 0;
    let all = 0;
    for (const term of analyse(query)) {
      const postings = this.#terms.get(term) ?? this.#meant(term);
      const having = postings?.length ?? 0;
      const idf = Math.log1p((this.size - having + 0.5) / (having + 0.5));
      all += idf;
      if (!postings) continue;
      const { slots, weights } = postings.weighed(this.#version, this.#norms);
      for (let at = 0; at < having; at++) {
        const slot = slots[at]!;
        const score = scores[slot]!;
        if (score === 0) touched[count++] = slot;
        scores[slot] = score + (idf * weights[at]!) / (k1 + weights[at]!);
        covered[slot]! += idf;
      }
    }
    for (let at = 0; coverage > 0 && at < count; at++) {
      const slot = touched[at]!;
      const share = covered[slot]! / all;
      scores[slot]! *= coverage === 1 ? share : share ** coverage; // a power costs many times a product
    }
    return count;
  }

  /** Of the words that one which no document has may have been meant to be, the most frequent. */
  #meant(term: string): Postings | undefined {
    let best: Postings | undefined;
    for (const other of this.#spelling.meant(term)) {
      const postings = this.#terms.get(other)!;
      if (postings.length > (best?.length ?? 0)) best = postings;
    }
    return best;
  }

  #postings(term: string): Postings {
    let postings = this.#terms.get(term);
    if (!postings) {
      postings = new Postings(this.#names.length);
      this.#terms.set(term, postings);
      this.#spelling.add(term);
    }
    return postings;
  }

  /** Takes the mean lengths of now, where those in use are off. */
  #renew(): void {
    const means = this.#sums.map(sum => sum / Math.max(1, this.size));
    if (means.every((mean, field) => Math.abs(mean - this.#means[field]!) <= DRIFT * mean)) return;
    this.#means = means;
    this.#version++;
    for (const slot of this.#slots.values()) this.#weigh(slot);
  }

  #weigh(slot: number): void {
    for (const [field, { weight, b }] of this.#fields.entries()) {
      const at = slot * this.#fields.length + field;
      const mean = this.#means[field]!;
      this.#norms[at] = weight / (1 - b + (mean > 0 ? (b * this.#lengths[at]!) / mean : b));
    }
  }

  #grow(): void {
    const twice = <A extends Float32Array | Int32Array>(array: A): A => {
      const grown = new (array.constructor as new (length: number) => A)(2 * array.length);
      grown.set(array);
      return grown;
    };
    this.#scores = twice(this.#scores);
    this.#covered = twice(this.#covered);
    this.#touched = twice(this.#touched);
    this.#answered = twice(this.#answered);
    this.#lengths = twice(this.#lengths);
    this.#norms = twice(this.#norms);
  }
}
