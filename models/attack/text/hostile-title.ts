import { random } from '../../random.ts';
import type { TextAttack } from './text-attack.ts';

/**
 * Hostile titles: the item calls itself by the title of another that sells, to be found beside it, and its own text
 * comes after that (Oh, Xu and Zhang describe such listings as "product title spoofing"; for retrievers the same is
 * known as corpus poisoning: Zhong et al., EMNLP 2023).
 *
 * @param titles of best sellers, of which one is taken: the budget is how many items do so
 */
export function hostileTitle(titles: readonly string[]): TextAttack {
  return (text, seed) => `${titles[random(seed).below(titles.length)]} ${text}`;
}
