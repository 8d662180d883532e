/** What items are described by, such as attributes and words of a title: tokens, as numbers. */
export interface Contents {
  /** The different tokens by their numbers; 0 stands for none. */
  readonly vocabulary: readonly string[];
  /** The tokens that an item may have at most. */
  readonly most: number;
  /** [items, most], filled up with 0. */
  readonly tokens: Int32Array;
  /** [items, most]: what each token counts, 0 for none. */
  readonly shares: Float32Array;
}

/**
 * Numbers the tokens of items. A token that one item alone has says no more than the item itself, and is left out.
 *
 * @param described of each item its tokens, the most telling first
 * @param most so many of an item count; each counts 1 / sqrt(how many it has), so that sums are of one size
 * @returns undefined where no token is left
 */
export function contentsOf(described: readonly (readonly string[])[], most = 16): Contents | undefined {
  const lists = shared(described).map(list => list.slice(0, most));
  const longest = lists.reduce((length, list) => Math.max(length, list.length), 0);
  if (longest === 0) return undefined;
  const numbers = new Map<string, number>();
  const tokens = new Int32Array(lists.length * longest);
  const shares = new Float32Array(tokens.length);
  for (const [item, list] of lists.entries()) {
    for (const [place, token] of list.entries()) {
      const number = numbers.get(token) ?? numbers.size + 1;
      numbers.set(token, number);
      tokens[item * longest + place] = number;
      shares[item * longest + place] = 1 / Math.sqrt(list.length);
    }
  }
  return { vocabulary: ['', ...numbers.keys()], most: longest, tokens, shares };
}

/** The different tokens of each that are on several lists. */
function shared(described: readonly (readonly string[])[]): string[][] {
  const different = described.map(list => [...new Set(list)]);
  const counts = new Map<string, number>();
  for (const token of different.flat()) counts.set(token, (counts.get(token) ?? 0) + 1);
  return different.map(list => list.filter(token => counts.get(token)! > 1));
}
