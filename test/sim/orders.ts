import type { Random } from '../../models/random.ts';

/** Of so many candidates a list shows so many. */
const CANDIDATES = 8;
export const PLACES = 3;
/** How much of an item's appeal the champion's scores have; the rest of a score is noise. */
export const CHAMPION_STRENGTH = 0.5;
const NOISE = 0.15;

export function appealsOf({ uniform }: Random): Float64Array {
  const appeals = new Float64Array(CANDIDATES);
  for (let item = 0; item < CANDIDATES; item++) appeals[item] = uniform();
  return appeals;
}

/** Best first, by insertion: there are few, and many lists. */
export function order(appeals: Float64Array, strength: number, { normal }: Random): number[] {
  const scores = new Float64Array(CANDIDATES);
  const items: number[] = [];
  for (let item = 0; item < CANDIDATES; item++) {
    const score = strength * appeals[item]! + NOISE * normal();
    scores[item] = score;
    let place = item;
    for (; place > 0 && scores[items[place - 1]!]! < score; place--) items[place] = items[place - 1]!;
    items[place] = item;
  }
  return items;
}
