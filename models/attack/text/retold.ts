import type { Contents } from '../../controls/contents.ts';

const WORD = 'word ';

/** The words among the tokens of an item, as a text; see `tokensOf`. */
export function textOf(tokens: readonly string[]): string {
  return tokens.flatMap(token => (token.startsWith(WORD) ? token.slice(WORD.length) : [])).join(' ');
}

/** The tokens of an item whose text became another. What is known beside the text, such as attributes, stays. */
export function withText(tokens: readonly string[], text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...tokens.filter(token => !token.startsWith(WORD)), ...words.map(word => WORD + word)];
}

/**
 * Items as they describe themselves now, in the tokens that a model has learned: what it does not know says nothing.
 * The others count as in `contentsOf`.
 *
 * @param described of each item its tokens, the most telling first
 */
export function retold({ vocabulary, most }: Contents, described: readonly (readonly string[])[]): Contents {
  const numbers = new Map(vocabulary.map((token, number) => [token, number]));
  numbers.delete('');
  const tokens = new Int32Array(described.length * most);
  const shares = new Float32Array(tokens.length);
  for (const [item, list] of described.entries()) {
    const known = [...new Set(list)].flatMap(token => numbers.get(token) ?? []).slice(0, most);
    tokens.set(known, item * most);
    shares.fill(1 / Math.sqrt(known.length), item * most, item * most + known.length);
  }
  return { vocabulary, most, tokens, shares };
}
