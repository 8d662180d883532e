import { describe, expect, it } from 'vitest';
import type { Move } from '../../../../models/explain/counterfactual.ts';
import { LANGUAGES, languageOf, PHRASES } from '../../../../models/explain/language/languages.ts';
import { orderSaid, type Place, ruleOf, sentencesOf } from '../../../../models/explain/language/sentences.ts';

/** All texts of a language by where they stand; of what is counted, each form. */
function textsOf(node: object, path = ''): [string, string][] {
  return Object.entries(node).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[`${path}${name}`, value]] : textsOf(value as object, `${path}${name}.`),
  );
}
const placesIn = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
const english = new Map(textsOf(PHRASES.en));

const move = (change: Move['change'], amount: number, to: Move['to'] = 'above'): Move => {
  return { change, amount, to, other: 'cup', score: 1, otherScore: 0.5 };
};
const place: Place = {
  groups: { recent: 0.6, popularity: 0.28, price: -0.12, text: 0 },
  source: 'category',
  rule: 'moved down: bought lately',
  moves: [move('visits', 1), move('visits', 3, 'below'), move('cheaper', 10), move('click', 2)],
  price: 20,
  currency: 'EUR',
};
const titleOf = (item: string) => (item === 'cup' ? 'Blue {price} cup' : item);

describe.each(LANGUAGES)('%s', language => {
  it('has every sentence, with the places that English has', () => {
    const texts = textsOf(PHRASES[language]);
    const general = (name: string) => name.replace(/\.(one|many|few|two|zero)$/, '.other');
    expect(new Set(texts.map(([name]) => general(name)))).toEqual(new Set([...english.keys()].map(general)));
    for (const [name, text] of texts) {
      const wanted = placesIn(english.get(general(name))!);
      const may = name.endsWith('.one') ? wanted.filter(each => each !== 'amount') : wanted;
      expect([may, wanted], name).toContainEqual(placesIn(text));
    }
  });

  it('has no sentence twice, but for what is counted', () => {
    const texts = textsOf(PHRASES[language]).filter(([name]) => !name.endsWith('.one'));
    expect(new Set(texts.map(([, text]) => text)).size).toBe(texts.length);
  });

  it('says why, what would have moved it, and leaves no place open', () => {
    const sentences = sentencesOf(place, language, titleOf);
    expect(sentences).toHaveLength(8);
    expect(sentences.join(' ').replaceAll('Blue {price} cup', '')).not.toMatch(/[{}]/);
    // What a title says is no place to fill.
    expect(sentences.filter(each => each.includes('Blue {price} cup'))).toHaveLength(4);
    expect(sentences.find(each => each.includes('10'))).toMatch(/18/);
  });
});

it('sentences of a list in English', () => {
  expect(sentencesOf(place, 'en', titleOf)).toEqual([
    'It stands further down because you bought it lately.',
    'Beside the other products here, this counts for it: what you looked at lately (60%) and how others like it (28%).',
    'This counts against it: its price (12%).',
    'It is of a kind that you like.',
    'Had you not looked at your last product, it would stand above “Blue {price} cup”.',
    'Had you not looked at your last 3 products, it would stand below “Blue {price} cup”.',
    'If it cost 10% less (€18.00), it would stand above “Blue {price} cup”.',
    'With 2 more clicks, it would stand above “Blue {price} cup”.',
  ]);
});

it('an ad says who pays what, an unknown currency is left out, nothing apart is said to be so', () => {
  const ad = { campaign: 'tea', price: 0.25, currency: 'EUR' };
  const said = sentencesOf({ groups: { price: 0.001 }, source: 'x', rule: '', ad, moves: [] }, 'de', titleOf);
  expect(said).toEqual([
    'Eine Anzeige: tea zahlt 0,25 € dafür.'.replace(' €', '\u00a0€'),
    'Nichts hebt es von den anderen Produkten hier ab.',
  ]);
  const dearer: Place = { ...place, groups: {}, source: '', rule: '', moves: [move('dearer', 5)], currency: undefined };
  expect(sentencesOf(dearer, 'en', titleOf)).toEqual([
    'If it cost 5% more (21.00), it would stand above “Blue {price} cup”.',
  ]);
});

it('a language is the first that is spoken, by its first part', () => {
  expect(languageOf('de-CH')).toBe('de');
  expect(languageOf('ZH-Hant', 'de')).toBe('zh');
  expect(languageOf('tlh', undefined, 'fr')).toBe('fr');
  expect(languageOf(undefined)).toBe('en');
  expect(languageOf('')).toBe('en');
});

it('the notes of the policy are rules, and others are none', () => {
  expect(ruleOf('moved down: more than 2 of brand bought lately')).toBe('brand');
  expect(ruleOf('moved down: more than 3 of category lamps')).toBe('category');
  expect(ruleOf('moved up: unlike what stands above')).toBe('diversity');
  expect(ruleOf('moved down: dismissed lately')).toBe('dismissed');
  expect(ruleOf('pinned')).toBe('pinned');
  expect(ruleOf('')).toBeUndefined();
  expect(ruleOf('something new')).toBeUndefined();
});

it('an order that is not the ranker’s is said', () => {
  expect(orderSaid('score', 'en')).toBeUndefined();
  expect(orderSaid('chance', 'fr')).toContain('aléatoire');
  expect(orderSaid('trial', 'de')).toContain('wechseln sich');
});
