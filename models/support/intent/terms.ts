/** Words, pairs of neighbours, and the letters of words in runs of three to five, as the names of terms. */
export function termsOf(text: string): { words: string[]; letters: string[] } {
  const words = text.normalize('NFKC').toLowerCase().match(WORD) ?? [];
  const pairs = words.slice(1).map((word, before) => `${words[before]} ${word}`);
  return { words: [...words, ...pairs], letters: words.flatMap(runsOf) };
}

const WORD = /[\p{L}\p{N}]+(?:['’][\p{L}]+)*/gu;
const RUNS = [3, 4, 5];

/** A word's ends are told from its middle by a space. */
function runsOf(word: string): string[] {
  const letters = [...` ${word} `];
  return RUNS.flatMap(size =>
    Array.from({ length: Math.max(0, letters.length - size + 1) }, (_, at) => letters.slice(at, at + size).join('')),
  );
}

/** Terms by number, and how much one of each counts. */
export interface Vocabulary {
  readonly numbers: ReadonlyMap<string, number>;
  /** Logarithms of the inverse share of texts that have the term, plus 1. */
  readonly idf: Float32Array;
}

/** A text as weights of terms. */
export interface Sparse {
  readonly terms: Uint32Array;
  readonly weights: Float32Array;
}

/** Names that begin with `w` are words, with `l` letters. Terms of one text alone are left out. */
export function vocabularyOf(texts: readonly string[]): Vocabulary {
  const having = new Map<string, number>();
  for (const text of texts) for (const term of new Set(named(text))) having.set(term, (having.get(term) ?? 0) + 1);
  const kept = [...having].filter(([, count]) => count > 1);
  return {
    numbers: new Map(kept.map(([term], number) => [term, number])),
    idf: Float32Array.from(kept, ([, count]) => 1 + Math.log((1 + texts.length) / (1 + count))),
  };
}

/**
 * (1 + log count) idf for each term; those of words and those of letters are each brought to length 1, so that neither
 * drowns the other.
 */
export function sparse(text: string, { numbers, idf }: Vocabulary): Sparse {
  const { words, letters } = termsOf(text);
  const parts = [counted(words, 'w', numbers), counted(letters, 'l', numbers)].map(counts => {
    const weights = [...counts].map(([term, count]) => (1 + Math.log(count)) * idf[term]!);
    const length = Math.hypot(...weights) || 1;
    return { terms: [...counts.keys()], weights: weights.map(weight => weight / length) };
  });
  return {
    terms: Uint32Array.from(parts.flatMap(({ terms }) => terms)),
    weights: Float32Array.from(parts.flatMap(({ weights }) => weights)),
  };
}

function named(text: string): string[] {
  const { words, letters } = termsOf(text);
  return [...words.map(word => `w${word}`), ...letters.map(run => `l${run}`)];
}

function counted(names: readonly string[], kind: string, numbers: ReadonlyMap<string, number>): Map<number, number> {
  const counts = new Map<number, number>();
  for (const name of names) {
    const number = numbers.get(kind + name);
    if (number !== undefined) counts.set(number, (counts.get(number) ?? 0) + 1);
  }
  return counts;
}
