import { MARKS, ORDERS, SPEAKING } from './injections.ts';
import { folded, latinised, withDigits } from './look-alikes.ts';

/*
 * What looks as if it spoke to the program that reads it. It is a second line. The first is that nothing an answer says
 * is ever carried out, that product texts speak for their product alone, and that only the asking user's orders are ever
 * looked up; so what gets past these patterns is a quotation.
 */

const ORDER_PATTERNS = [...ORDERS.map(withDigits), ...MARKS];
const SPEAKING_PATTERNS = SPEAKING.map(withDigits);

/** Ways out of the shop: they are not repeated from texts of products. */
const WAYS_OUT = /https?:\/\/|\bwww\.|[\w.+-]+@[\w-]+\.\w{2,}|(?:\+|00)\d[\d\s/-]{7,}\d/i;

/** Characters that hide what is written (tags, turned directions), and words that are written letter by letter. */
const HIDDEN = /[\u{E0000}-\u{E007F}\u202A-\u202E\u2066-\u2069]|(?<!\p{L})\p{L}(?:[ ._*-]\p{L}){4,}(?!\p{L})/u;

const NAME_CHARS = 160;

/** Whether a text gives orders to the program that reads it. A question that does is refused if nothing else is in it. */
export function isOrder(text: string): boolean {
  return finds(ORDER_PATTERNS, text);
}

/** Whether a sentence of a product's text may be repeated. It may not speak to the one who answers, whatever it says. */
export function isSafeSentence(sentence: string): boolean {
  return isHarmless(sentence) && !finds(SPEAKING_PATTERNS, sentence);
}

/** Whether a product's title may be repeated. */
export function isSafeName(title: string): boolean {
  return title.length <= NAME_CHARS && !/[\n\r<>{}]/.test(title) && isHarmless(title);
}

function isHarmless(text: string): boolean {
  return !isOrder(text) && !WAYS_OUT.test(text.normalize('NFKC')) && !HIDDEN.test(text);
}

function finds(patterns: readonly RegExp[], text: string): boolean {
  const forms = new Set([folded(text), latinised(text)]);
  return [...forms].some(form => patterns.some(pattern => pattern.test(form)));
}
