import { analyse } from '../../retrieval/analyse.ts';
import type { Passage } from '../passages/passage.ts';
import { textOf } from '../passages/passage.ts';
import { contentTerms } from './function-words.ts';

/** A passage with how well it fits a question. */
export interface Found {
  readonly passage: Passage;
  /** In [0, 1]: the share of what the question is about, by its words' idf, that the passage has. */
  readonly coverage: number;
  /** By how many standard deviations it is nearer to the question than texts of other things; 0 without vectors. */
  readonly nearness: number;
}

/** Cosines of a question with each passage, and with texts that have nothing to do with a shop. */
export interface Nearness {
  readonly passages: Float32Array;
  readonly others: Float32Array;
}

/**
 * The shop's own texts by words, and, where there is an encoder, by meaning. A cosine by itself says little: encoders
 * differ in what they give to texts that have nothing in common. So it is told by how far it lies above that of a
 * question with such texts.
 */
export class PassageIndex {
  readonly passages: readonly Passage[];
  /** What titles are about: the terms of promises that are the shop's alone to make. */
  readonly titles: ReadonlySet<string>;
  readonly #terms: readonly ReadonlySet<string>[];
  readonly #having = new Map<string, number>();

  constructor(passages: readonly Passage[]) {
    this.passages = passages;
    this.titles = new Set(passages.flatMap(({ title }) => contentTerms(title)));
    this.#terms = passages.map(passage => new Set(analyse(textOf(passage))));
    for (const terms of this.#terms) {
      for (const term of terms) this.#having.set(term, (this.#having.get(term) ?? 0) + 1);
    }
  }

  /** All passages, the best first. */
  find(question: string, nearness?: Nearness): Found[] {
    const asked = contentTerms(question);
    const weights = asked.map(term => this.#idf(term));
    const all = weights.reduce((sum, weight) => sum + weight, 0);
    const spread = nearness && spreadOf(nearness.others);
    return this.passages
      .map((passage, place): Found => {
        const has = asked.reduce((sum, term, at) => sum + (this.#terms[place]!.has(term) ? weights[at]! : 0), 0);
        const cosine = nearness?.passages[place];
        return {
          passage,
          coverage: all === 0 ? 0 : has / all,
          nearness: spread && cosine !== undefined ? (cosine - spread.mean) / spread.deviation : 0,
        };
      })
      .sort((a, b) => relevance(b) - relevance(a));
  }

  /** What no passage has weighs as much as what one has: it is what the question is about all the more. */
  #idf(term: string): number {
    const having = this.#having.get(term) ?? 0;
    return Math.log1p((this.passages.length - having + 0.5) / (having + 0.5));
  }
}

/** Above 1 it is taken for an answer: half of the question's words, or so near that it must be about the same. */
export function relevance({ coverage, nearness }: Pick<Found, 'coverage' | 'nearness'>): number {
  return Math.max(
    coverage / ENOUGH.coverage,
    nearness / ENOUGH.nearness,
    (coverage / ENOUGH.coverage + nearness / ENOUGH.nearness) / BOTH,
  );
}

const ENOUGH = { coverage: 0.5, nearness: 12 };
/** A passage with something of both needs this much of their sum. */
const BOTH = 1.2;

function spreadOf(numbers: Float32Array): { mean: number; deviation: number } {
  const mean = numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
  const variance = numbers.reduce((sum, each) => sum + (each - mean) ** 2, 0) / numbers.length;
  return { mean, deviation: Math.sqrt(variance) || 1 };
}

/** Texts that have nothing to do with a shop, its products or its users. */
export const OTHERS: readonly string[] = [
  'The river froze early that winter.',
  'He plays the violin every evening.',
  'Photosynthesis turns light into sugar.',
  'The parliament voted on the new constitution.',
  'Volcanoes form where plates drift apart.',
  'She finished the marathon in under four hours.',
  'The orchestra tuned before the first movement.',
  'Penguins raise their young on the ice.',
  'The treaty ended a war of thirty years.',
  'A prime number has no divisors but one and itself.',
  'The telescope found a planet near a red dwarf.',
  'Grandmother told stories about the village.',
  'The bridge was built by Roman engineers.',
  'Whales sing over great distances.',
  'The teacher explained the rules of grammar.',
  'Rain is expected in the mountains tomorrow.',
  'The novel begins with a funeral.',
  'Bees dance to show where flowers are.',
  'The goalkeeper saved two penalties.',
  'Glaciers carve valleys over thousands of years.',
  'The philosopher doubted everything but doubt.',
  'Horses were tamed on the steppe.',
  'The surgeon washed his hands twice.',
  'Light takes eight minutes from the sun.',
];
