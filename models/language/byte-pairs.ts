/** A tokenizer of bytes that were put together pair by pair (Sennrich et al. 2016), as GPT-2 has it. */
export interface BytePairs {
  /** Texts are texts: what looks like a mark of a conversation is split like any other. */
  encode(text: string): number[];
  decode(ids: readonly number[]): string;
  idOf(token: string): number;
}

/**
 * How a text is cut before pairs are made: contractions, words, digits one by one, signs, and spaces. No space goes to a
 * digit: SmolLM2's tokenizer takes digits apart first, and then sees the spaces before one as the end of a text.
 */
const PIECE =
  /'(?:s|t|re|ve|m|ll|d)| ?\p{L}+|\p{N}| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?![^\p{White_Space}\p{N}])|\p{White_Space}+/gu;

/**
 * @param tokens by their ids
 * @param merges two tokens with a space between them, those first that are put together first
 */
export function bytePairs(tokens: readonly string[], merges: readonly string[]): BytePairs {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const ranks = new Map(merges.map((merge, rank) => [merge, rank]));
  const known = new Map<string, number[]>();

  const idsOf = (piece: string): number[] => {
    const found = known.get(piece);
    if (found) return found;
    const made = merged(
      Array.from(Buffer.from(piece), byte => LETTERS[byte]!),
      ranks,
    ).flatMap(token => ids.get(token) ?? []);
    if (known.size < KEPT) known.set(piece, made);
    return made;
  };
  return {
    encode: text => (text.match(PIECE) ?? []).flatMap(idsOf),
    decode: said =>
      Buffer.from(said.flatMap(id => Array.from(tokens[id] ?? '', letter => BYTES.get(letter) ?? 0x20))).toString(),
    idOf: token => ids.get(token)!,
  };
}

const KEPT = 20_000;

/** Puts the pair of the lowest rank together, again and again, until there is none. */
function merged(letters: string[], ranks: ReadonlyMap<string, number>): string[] {
  const parts = letters;
  for (;;) {
    let [best, place] = [Number.POSITIVE_INFINITY, -1];
    for (let n = 0; n + 1 < parts.length; n++) {
      const rank = ranks.get(`${parts[n]} ${parts[n + 1]}`);
      if (rank !== undefined && rank < best) [best, place] = [rank, n];
    }
    if (place < 0) return parts;
    parts.splice(place, 2, parts[place]! + parts[place + 1]!);
  }
}

/** A letter for each byte: itself where it can be seen, else one from U+0100 on (GPT-2's `bytes_to_unicode`). */
const LETTERS: readonly string[] = (() => {
  let next = 0x100;
  const isSeen = (byte: number) => (byte > 32 && byte < 127) || (byte > 160 && byte < 256 && byte !== 173);
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isSeen(byte) ? byte : next++));
})();
const BYTES: ReadonlyMap<string, number> = new Map(LETTERS.map((letter, byte) => [letter, byte]));
