import { type Random, random } from '../../random.ts';
import { changeWords, type TextAttack } from './text-attack.ts';

/** Keys that lie beside each other, row by row. */
const ROWS = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm'];
const LEAST_LETTERS = 3;

/**
 * Mistyped words: two letters in the wrong order, one left out, one twice, or the key beside it (Belinkov and Bisk,
 * "Synthetic and natural noise both break neural machine translation", ICLR 2018, section 4).
 *
 * @param share of the words of three letters or more that get one mistake each: the budget
 */
export function typos(share: number): TextAttack {
  return (text, seed) => {
    const draws = random(seed);
    return changeWords(text, word => {
      const letters = [...word];
      if (letters.length < LEAST_LETTERS || draws.uniform() >= share) return word;
      const at = draws.below(letters.length - 1);
      switch (draws.below(4)) {
        case 0:
          letters.splice(at, 2, letters[at + 1]!, letters[at]!);
          break;
        case 1:
          letters.splice(at, 1);
          break;
        case 2:
          letters.splice(at, 0, letters[at]!);
          break;
        default:
          letters[at] = neighbourOf(letters[at]!, draws);
      }
      return letters.join('');
    });
  };
}

/** What has no place on these rows is typed twice. */
function neighbourOf(letter: string, draws: Random): string {
  const row = ROWS.find(keys => keys.includes(letter.toLowerCase()));
  if (!row) return letter + letter;
  const at = row.indexOf(letter.toLowerCase());
  const near = [row[at - 1], row[at + 1]].filter(key => key !== undefined);
  return near[draws.below(near.length)]!;
}
