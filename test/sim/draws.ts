import { hash32 } from '../../models/hash.ts';
import { type Random, random } from '../../models/random.ts';

export type { Random };

/** A stream of its own for every name, so that drawing more for one thing changes nothing for another. */
export function named(seed: number, name: string): Random {
  return random(seed, hash32(name));
}

export function chance(probability: number, from: Random): boolean {
  return from.uniform() < probability;
}

export function exponential(mean: number, from: Random): number {
  return -mean * Math.log(1 - from.uniform());
}

export function one<T>(choices: readonly T[], from: Random): T {
  return choices[from.below(choices.length)]!;
}

/** `count` different choices, each as likely as any other. */
export function sample<T>(choices: readonly T[], count: number, from: Random): T[] {
  return weighted(choices, () => 1, count, from);
}

/** `count` different choices, drawn one after the other in proportion to their weights. */
export function weighted<T>(choices: readonly T[], weight: (choice: T) => number, count: number, from: Random): T[] {
  const left = [...choices];
  const drawn: T[] = [];
  while (drawn.length < count && left.length > 0) {
    let mark = from.uniform() * left.reduce((sum, choice) => sum + weight(choice), 0);
    let at = -1;
    do mark -= weight(left[++at]!);
    while (mark >= 0 && at < left.length - 1);
    drawn.push(...left.splice(at, 1));
  }
  return drawn;
}
