import { random } from '../../random.ts';
import type { TextAttack } from './text-attack.ts';

/**
 * Keyword stuffing: words that many look for, whatever the item is (Gyongyi and Garcia-Molina, "Web spam taxonomy",
 * AIRWeb 2005, section 3.1).
 *
 * @param words that the seller has to choose from, such as the most frequent of the catalogue
 * @param count of those that are written before the text, each once: the budget
 */
export function stuffing(words: readonly string[], count: number): TextAttack {
  return (text, seed) => {
    const order = random(seed).shuffle(Int32Array.from(words.keys()));
    return [...Array.from(order.subarray(0, count), place => words[place]!), text].join(' ');
  };
}
