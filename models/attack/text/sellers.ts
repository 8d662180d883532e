import { random } from '../../random.ts';
import type { TextAttack } from './text-attack.ts';

/**
 * The texts of a catalogue after some of its sellers attacked theirs.
 *
 * @param share of the items, each with the same chance, whose sellers do so
 */
export function attackTexts(
  texts: readonly string[],
  attack: TextAttack,
  { share, seed }: { share: number; seed: number },
): string[] {
  return texts.map((text, item) => {
    const draws = random(seed, item);
    return draws.uniform() < share ? attack(text, draws.uint32()) : text;
  });
}
