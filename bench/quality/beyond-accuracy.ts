import { coverage, diversity, exposureGini, type Lists, novelty } from '../../models/evaluate/beyond-accuracy.ts';

/** What lists are like, apart from how good they are; null where a figure has no meaning. */
export interface ListFigures {
  /** The share of the items that stand on one of them. */
  coverage: number | null;
  /** In bits; null where nobody took anything. */
  novelty: number | null;
  /** Null where nothing tells which items are alike. */
  diversity: number | null;
  gini: number | null;
}

export interface Catalogue {
  items: number;
  /** How often each item was taken. */
  taken?: ArrayLike<number> | undefined;
  /** See `diversity`. */
  similarity?: ((a: number, b: number) => number) | undefined;
}

export function beyondAccuracy(lists: Lists, { items, taken, similarity }: Catalogue): ListFigures {
  return {
    coverage: coverage(lists, items),
    novelty: taken ? novelty(lists, taken) : null,
    diversity: similarity ? diversity(lists, similarity) : null,
    gini: exposureGini(lists, items),
  };
}

/** The means of several runs; null where one has no such figure. */
export function meanOf(runs: readonly ListFigures[]): ListFigures {
  const mean = (name: keyof ListFigures) => {
    const values = runs.flatMap(each => each[name] ?? []);
    return values.length < runs.length || runs.length === 0 ? null : values.reduce((a, b) => a + b, 0) / runs.length;
  };
  return { coverage: mean('coverage'), novelty: mean('novelty'), diversity: mean('diversity'), gini: mean('gini') };
}

/** The cosine of two items' vectors, which have length 1; an item without one is like nothing. */
export function cosineBy(vectors: Float32Array, width: number): (a: number, b: number) => number {
  return (a, b) => {
    let sum = 0;
    for (let k = 0; k < width; k++) sum += vectors[a * width + k]! * vectors[b * width + k]!;
    return sum;
  };
}

/** How often each item was taken, by events that each name one. */
export function countsOf(items: number, taken: Iterable<number>): Float64Array {
  const counts = new Float64Array(items);
  for (const item of taken) counts[item]!++;
  return counts;
}

export const LIST_HEADS = ['COVERAGE', 'NOVELTY, BITS', 'DIVERSITY'] as const;

/** As columns below `LIST_HEADS`. */
export function inColumns({ coverage, novelty, diversity }: ListFigures): string[] {
  const said = (value: number | null, digits: number) => value?.toFixed(digits) ?? '-';
  return [said(coverage, 4), said(novelty, 2), said(diversity, 3)];
}
