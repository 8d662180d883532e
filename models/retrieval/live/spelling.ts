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

  /**
   * Those that differ by two such mistakes, for a word of which nothing nearer is known: the longer a word, the less it
   * says that two of its letters are others.
   */
  meantWidely(word: string): string[] {
    if (!WORD.test(word) || word.length < LONG) return [];
    return [-2, -1, 0, 1, 2].flatMap(more => {
      const alike = this.#words.get(keyOf(word, word.length + more)) ?? [];
      return [...alike].filter(other => edits(word, other) === 2);
    });
  }
}

/** Letters of a word in which two may be wrong. */
const LONG = 6;

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

/** Letters that are wrong, missing or too many, and neighbours that changed places; 3 stands for all above 2. */
function edits(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + Number(!isSame));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
      least = Math.min(least, cost);
    }
    if (least > 2) return 3;
    [before, last] = [last, row];
  }
  return Math.min(3, last[b.length]!);
}
