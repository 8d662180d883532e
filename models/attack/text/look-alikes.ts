import { random } from '../../random.ts';
import { changeWords, type TextAttack } from './text-attack.ts';

/** Letters of other alphabets that look like Latin ones: a part of Unicode's confusables (UTS 39). */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  a: 'а',
  c: 'с',
  d: 'ԁ',
  e: 'е',
  h: 'һ',
  i: 'і',
  j: 'ј',
  l: 'ӏ',
  o: 'о',
  p: 'р',
  s: 'ѕ',
  v: 'ν',
  w: 'ԝ',
  x: 'х',
  y: 'у',
  A: 'А',
  B: 'В',
  E: 'Е',
  H: 'Н',
  K: 'К',
  M: 'М',
  O: 'О',
  P: 'Р',
  S: 'Ѕ',
  T: 'Т',
  X: 'Х',
};

/**
 * Words that read the same and are others: one letter in each is that of another alphabet, by which forbidden words pass
 * a filter, or a brand is pretended (Boucher et al., "Bad characters: imperceptible NLP attacks", IEEE S&P 2022).
 *
 * @param share of the words that have such a letter: the budget
 */
export function lookAlikes(share: number): TextAttack {
  return (text, seed) => {
    const draws = random(seed);
    return changeWords(text, word => {
      const letters = [...word];
      const places = [...letters.keys()].filter(at => letters[at]! in LOOK_ALIKES);
      if (places.length === 0 || draws.uniform() >= share) return word;
      const at = places[draws.below(places.length)]!;
      letters[at] = LOOK_ALIKES[letters[at]!]!;
      return letters.join('');
    });
  };
}
