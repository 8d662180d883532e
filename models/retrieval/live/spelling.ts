/** Shorter words have too many that are like them, and numbers and codes that are nearly the same mean other things. */
const WORD = /^\p{L}{5,}$/u;

/**
 * Known words, of which those are found that an unknown one may have been meant to be: they begin alike, and differ by one
 * letter that is wrong, missing or too many, or by two that changed places. That is four in five misspellings (Damerau,
 * "A technique for computer detection and correction of spelling errors", 1964), and nearly all begin right (Yannakoudakis
 * and Fawthrop, "The rules of spelling errors", 1983).
 */
export class Spelling {
  /** By first letter and length. */
  readonly #words = new Map<string, Set<string>>();

  /** Takes a word; what is none is passed over. */
  add(word: string): void {
    if (!WORD.test(word)) return;
    const key = keyOf(word, word.length);
    const alike = this.#words.get(key);
    if (alike) alike.add(word);
    else this.#words.set(key, new Set([word]));
  }

  delete(word: string): void {
    this.#words.get(keyOf(word, word.length))?.delete(word);
  }

  /** All that a word may have been meant to be, itself not among them. */
  meant(word: string): string[] {
    if (!WORD.test(word)) return [];
    return [-1, 0, 1].flatMap(more => {
      const alike = this.#words.get(keyOf(word, word.length + more)) ?? [];
      return [...alike].filter(other => isOneEdit(word, other));
    });
  }
}

function keyOf(word: string, length: number): string {
  return word[0]! + length;
}

/** Between what is alike at both ends there is at most a letter on each side, or two that changed places. */
function isOneEdit(a: string, b: string): boolean {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let [endOfA, endOfB] = [a.length, b.length];
  while (endOfA > start && endOfB > start && a[endOfA - 1] === b[endOfB - 1]) {
    endOfA--;
    endOfB--;
  }
  const [ofA, ofB] = [endOfA - start, endOfB - start];
  if (ofA === 2 && ofB === 2) return a[start] === b[start + 1] && a[start + 1] === b[start];
  return Math.max(ofA, ofB) === 1;
}
