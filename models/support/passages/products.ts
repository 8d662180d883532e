import type { Product } from '../../../schemas/topics/events.ts';
import { analyse } from '../../retrieval/analyse.ts';
import type { Spoken } from '../language.ts';
import { PHRASES, priceIn } from '../phrases.ts';
import { speaksOfOthers } from './others.ts';
import type { Passage } from './passage.ts';
import { sentencesOf } from './sentences.ts';
import { isSafeName, isSafeSentence } from './suspicion.ts';

/**
 * A product as a passage, in the language of the question: price and availability in Temper's words, then what its text
 * says. Sentences that speak to whoever reads them, or of anything but the product, or lead somewhere else, are left out;
 * so are those that have a word of a policy's title, since what the shop promises is not for a product's text to say.
 *
 * @param reserved terms of the titles of policies
 * @returns undefined where already its title is not fit to be repeated
 */
export function productPassage(
  product: Product,
  language: Spoken,
  reserved: ReadonlySet<string> = new Set(),
): Passage | undefined {
  const { item, title, price, currency, available, attributes = {}, description = '' } = product;
  if (!isSafeName(title)) return undefined;
  const phrases = PHRASES[language];
  const own = new Set(analyse(title));
  const isOwn = (text: string) =>
    isSafeSentence(text) &&
    !speaksOfOthers(text, title) &&
    !analyse(text).some(term => reserved.has(term) && !own.has(term));
  const facts = Object.entries(attributes)
    .filter(([name, value]) => isOwn(value) && isOwn(`${name} ${value}`))
    .map(([name, value]) => `${title}: ${name} ${value}.`);
  return {
    id: `product:${item}`,
    kind: 'product',
    title,
    sentences: [
      ...(price === undefined ? [] : [phrases.costs(title, priceIn(language, price, currency))]),
      available ? phrases.available(title) : phrases.unavailable(title),
      ...facts,
      ...sentencesOf(description).filter(isOwn),
    ],
  };
}
