/** A sentence that is longer is no sentence, and is left out. */
const SENTENCE_CHARS = 600;

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/** The sentences of a text, by Unicode's rules (UAX 29) and its lines, without what is empty. */
export function sentencesOf(text: string): string[] {
  return text
    .split('\n')
    .flatMap(line => Array.from(segmenter.segment(line), ({ segment }) => segment.trim()))
    .filter(sentence => /\p{L}/u.test(sentence) && sentence.length <= SENTENCE_CHARS);
}
