import { analyse } from '../analyse.ts';
import { top } from '../top.ts';
import type { Field } from '../words.ts';
import { Postings } from './postings.ts';
import { Spelling } from './spelling.ts';
import { Sums } from './sums.ts';

/** Items by how well their words fit a query, best first; behind them those that were asked for by name. */
export interface Found<Name extends string = string> {
  items: string[];
  /** 0 where an item has no word of the query. */
  scores: Float32Array;
  /** Where the items stand in the index until it changes. */
  slots: Int32Array;
  /**
   * Those that have as much of the query as the best does, whether or not they may be found; where that is asked for, and
   * until the next search.
   */
  matching?: Int32Array;
  /**
   * The share of the query's words that documents have in this field, whatever else they have: in its own words, or in
   * others for their share, whichever is more. Until the index changes.
   *
   * @returns by place in `slots`, in [0, 1]
   */
  sharesIn(field: Name, slots: Int32Array): Float32Array;
  /**
   * The share of the query's words that no document has, nor what they may have been meant to be; in other words that it
   * was given, if that is less.
   */
  unknown: number;
}

export interface WordSearch {
  /** Slots of items whose scores are wanted besides the best, whatever they are. */
  also?: Int32Array;
  /** How late more of the same word stop to matter. */
  k1?: number;
  /** The share of the query's words that a document has, by their idf, counts with this power. */
  coverage?: number;
  /** Which slots may be found by their words; all, if it is absent. */
  isFound?: ((slot: number) => boolean) | undefined;
  /** Whether words that no document has are taken for others; they are, where it is not said. */
  isRespelt?: boolean;
  /** The query in other words: what it finds so counts for a share of what it finds as it stands. */
  rewritten?: { texts: readonly string[]; share: number };
  /** Whether to tell what matches. */
  matching?: boolean;
}

/** Mean lengths of fields may be off by so much before the weights of terms are worked out again. */
const DRIFT = 0.01;
const FIRST_CAPACITY = 1_024;
/** What has so much of the query as the best has matches it as well. */
const AS_MUCH = 0.95;
/** A word that fewer documents have costs less than a look at whether the best are found without it. */
const FREQUENT = 2_048;
const NONE = new Int32Array(0);

/** A term of a query. */
interface Term {
  /** Absent where no document has it, nor a word that it may have been meant to be. */
  postings: Postings | undefined;
  /** As often as the query has it. */
  idf: number;
}

/** A query, or the same in other words, and what it counts. */
interface Wording {
  terms: readonly Term[];
  share: number;
}

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
  /** Changes when an item comes or goes, and not with its texts. */
  moves = 0;
  readonly #own = new Sums(FIRST_CAPACITY);
  /** Of the query in other words. */
  readonly #other = new Sums(FIRST_CAPACITY);
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

  /** How many slots there are, those that are empty too. */
  get slots(): number {
    return this.#items.length;
  }

  /** Takes an item's texts, in place of those that it had. A field that is left out is empty. */
  set(item: string, document: Readonly<Partial<Record<Name, string>>>): void {
    const texts = this.#names.map(name => document[name] ?? '');
    const held = this.#slots.get(item);
    if (held !== undefined && this.#texts[held]!.every((text, field) => text === texts[field])) return;
    if (held !== undefined) this.#forget(held);
    const slot = held ?? this.#vacant.pop() ?? this.#items.length;
    if (slot === this.#answered.length) this.#grow();
    if (held === undefined) {
      this.#slots.set(item, slot);
      this.#items[slot] = item;
      this.moves++;
    }
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
    this.#forget(slot);
    this.#slots.delete(item);
    this.#items[slot] = undefined;
    this.#texts[slot] = undefined;
    this.#vacant.push(slot);
    this.moves++;
  }

  #forget(slot: number): void {
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
  }

  /** The k best items that have a word of the query. */
  search(query: string, k: number, options: WordSearch = {}): Found<Name> {
    const { also = NONE, rewritten, isFound, matching = false } = options;
    this.#renew();
    const own = this.#own;
    const asked: Wording = { terms: this.#termsOf(query, options), share: 1 };
    this.#gather(asked.terms, own, options, k);
    const others: Wording[] = [];
    for (const text of rewritten?.texts ?? []) {
      const terms = this.#termsOf(text, options);
      this.#gather(terms, this.#other, options);
      own.raise(this.#other, rewritten!.share);
      this.#other.clear();
      others.push({ terms, share: rewritten!.share });
    }
    const among = isFound ? own.chosen(isFound) : own.touched.subarray(0, own.count);
    const slots = this.#answer(top(own.scores, k, among).documents, also);
    const found: Found<Name> = {
      ...{ items: new Array(slots.length), scores: new Float32Array(slots.length), slots },
      sharesIn: (field, slots) => sharesOf([asked, ...others], this.#names.indexOf(field), slots),
      unknown: Math.min(...[asked, ...others].map(unknownOf)),
    };
    for (let place = 0; place < slots.length; place++) {
      found.items[place] = this.#items[slots[place]!]!;
      found.scores[place] = own.scores[slots[place]!]!;
    }
    if (matching) found.matching = own.covering(AS_MUCH, among);
    own.clear();
    return found;
  }

  /** Where an item stands until it goes. */
  slotOf(item: string): number | undefined {
    return this.#slots.get(item);
  }

  itemAt(slot: number): string | undefined {
    return this.#items[slot];
  }

  /** How many items have a term of the analysis. */
  having(term: string): number {
    return this.#terms.get(term)?.length ?? 0;
  }

  /**
   * Of the words that one which no item has may have been meant to be, the most frequent.
   *
   * @param widely differing by two letters, where nothing is nearer
   */
  meant(term: string, widely = false): string | undefined {
    const meant = this.#spelling.meant(term);
    return this.#mostFrequent(meant.length === 0 && widely ? this.#spelling.meantWidely(term) : meant);
  }

  /** Those found and behind them those that are named and not yet there. */
  #answer(best: Int32Array, also: Int32Array): Int32Array {
    const search = ++this.#searches;
    const slots = new Int32Array(best.length + also.length);
    slots.set(best);
    for (let at = 0; at < best.length; at++) this.#answered[best[at]!] = search;
    let count = best.length;
    for (let at = 0; at < also.length; at++) {
      const slot = also[at]!;
      if (this.#answered[slot] === search) continue;
      this.#answered[slot] = search;
      slots[count++] = slot;
    }
    return slots.subarray(0, count);
  }

  /**
   * Adds up the postings of the query's terms, the rarest first: once they tell which documents are the k best, frequent
   * ones are added to these alone.
   *
   * @param k all, if it is not given
   */
  #gather(terms: readonly Term[], sums: Sums, options: WordSearch, k = Number.POSITIVE_INFINITY): void {
    const { k1 = 1.2, coverage = 0, isFound, also = NONE } = options;
    const all = terms.reduce((sum, { idf }) => sum + idf, 0);
    let [rest, isHeld] = [all, false];
    for (const { postings, idf } of terms) {
      const having = postings?.length ?? 0;
      if (
        !isHeld &&
        having >= FREQUENT &&
        sums.count >= k &&
        sums.areSettled(k, rest, all, coverage, AS_MUCH, isFound)
      ) {
        sums.hold(also);
        isHeld = true;
      }
      rest -= idf;
      if (!postings) continue;
      const { slots, weights } = postings.weighed(this.#version, this.#norms);
      if (isHeld) sums.addToHeld(slots, weights, having, idf, k1);
      else sums.add(slots, weights, having, idf, k1);
    }
    sums.cover(all, coverage);
  }

  /** The query's terms, each once, the rarest first. */
  #termsOf(query: string, { isRespelt = true }: WordSearch): Term[] {
    const times = new Map<string, number>();
    for (const term of analyse(query)) times.set(term, (times.get(term) ?? 0) + 1);
    const terms = Array.from(times, ([term, often]) => {
      const postings = this.#terms.get(term) ?? (isRespelt ? this.#terms.get(this.meant(term) ?? '') : undefined);
      const having = postings?.length ?? 0;
      return { postings, having, idf: often * Math.log1p((this.size - having + 0.5) / (having + 0.5)) };
    });
    return terms.sort((a, b) => a.having - b.having);
  }

  #mostFrequent(terms: readonly string[]): string | undefined {
    let best: string | undefined;
    for (const term of terms) if (best === undefined || this.having(term) > this.having(best)) best = term;
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
    this.#own.grow();
    this.#other.grow();
    this.#answered = twice(this.#answered);
    this.#lengths = twice(this.#lengths);
    this.#norms = twice(this.#norms);
  }
}

function unknownOf({ terms }: Wording): number {
  return terms.length > 0 ? terms.filter(({ postings }) => !postings).length / terms.length : 0;
}

/** See `Found`: postings and slots are gone through in one order. */
function sharesOf(wordings: readonly Wording[], field: number, slots: Int32Array): Float32Array {
  const shares = new Float32Array(slots.length);
  const keys = Float64Array.from(slots, (slot, place) => slot * slots.length + place).sort();
  const places = Int32Array.from(keys, key => key % slots.length);
  const ascending = Int32Array.from(places, place => slots[place]!);
  for (const { terms, share } of wordings) {
    const having = new Uint16Array(slots.length);
    for (const { postings } of terms) postings?.countIn(field, ascending, having);
    for (const [nth, place] of places.entries()) {
      shares[place] = Math.max(shares[place]!, (share * having[nth]!) / Math.max(1, terms.length));
    }
  }
  return shares;
}
