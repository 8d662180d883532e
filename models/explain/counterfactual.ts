import type { Fact } from '../features/aggregates/declarations.ts';
import { historyOf } from '../features/history.ts';
import { afterMore, atPrice, isKnown, type Known, madeAgain, priceTaste, userAfter, withoutLast } from './what-if.ts';

/** What could have been otherwise. */
export const CHANGES = ['visits', 'cheaper', 'dearer', 'click', 'purchase', 'rating'] as const;
export type Change = (typeof CHANGES)[number];

/** The least change of a kind that lets an item change places with its neighbour by score, as the ranker itself says. */
export interface Move {
  change: Change;
  /** Products that the user had not looked at; percent of the price; clicks, purchases or ratings of five stars more. */
  amount: number;
  /** Where it then stands beside the other item. */
  to: 'above' | 'below';
  other: string;
  /** Scores of both after the change. */
  score: number;
  otherScore: number;
}

/**
 * The scores of rows, [F] each, of these items, by the model that made the list.
 *
 * @param history what the user took, newest first, where that is not what the list says
 */
export type Scoring = (
  rows: readonly Float32Array[],
  items: readonly string[],
  history?: readonly string[],
) => Promise<Float32Array>;

export interface Scores {
  items: readonly string[];
  /** Of each item. */
  scores: Float32Array;
}

const MOST_ITEMS = 10;
const MOST_PERCENT = 50;
const MOST_EVENTS = 20;
/** Scores that are nearer than this may be equal but for rounding: no order follows from them. */
const CLEAR = 1e-4;

const FACTS: Readonly<Partial<Record<Change, Pick<Fact, 'type' | 'value'>>>> = {
  click: { type: 'click', value: Number.NaN },
  purchase: { type: 'purchase', value: Number.NaN },
  rating: { type: 'rating', value: 5 },
};

/**
 * Of each item the least changes that would have moved it by a place: every amount of each kind up to a bound is made, and
 * scored by the list's own ranker, so that what is found has been seen, and nothing smaller does it (Wachter, Mittelstadt
 * and Russell, "Counterfactual explanations without opening the black box", 2018; here by trying all).
 *
 * @param logged of each item, [F], in the layout of today
 * @param known who asked; without him, or where his events do not give what was logged, nothing is said of his visits
 */
export async function movesOf(
  { items, scores }: Scores,
  logged: readonly Float32Array[],
  known: Known | undefined,
  score: Scoring,
): Promise<Move[][]> {
  const order = [...items.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b);
  const placeOf = new Map(order.map((item, place) => [item, place]));
  const neighbours = (item: number) => {
    const place = placeOf.get(item)!;
    return { above: order[place - 1], below: order[place + 1] };
  };
  const user = known && isKnown(known, items, logged) ? known : undefined;
  const taste = user && priceTaste(user);

  const tries: Try[] = [];
  for (const [item, row] of logged.entries()) {
    const price = user ? row : undefined;
    for (let amount = 1; amount <= MOST_PERCENT && price; amount++) {
      const [less, more] = [atPrice(price, 1 - amount / 100, taste), atPrice(price, 1 + amount / 100, taste)];
      if (less && more) tries.push({ change: 'cheaper', amount, item, row: less });
      if (less && more) tries.push({ change: 'dearer', amount, item, row: more });
    }
    for (const [change, fact] of Object.entries(FACTS)) {
      for (let amount = 1; amount <= MOST_EVENTS; amount++)
        tries.push({ change: change as Change, amount, item, row: afterMore(row, fact, amount) });
    }
  }
  const alone = await score(
    tries.map(({ row }) => row),
    tries.map(({ item }) => items[item]!),
  );
  const found: Move[][] = items.map(() => []);
  const note = (item: number, change: Change, amount: number, own: number, others: (item: number) => number) => {
    if (found[item]!.some(move => move.change === change)) return;
    const { above, below } = neighbours(item);
    const move = (to: Move['to'], other: number) =>
      found[item]!.push({ change, amount, to, other: items[other]!, score: own, otherScore: others(other) });
    if (above !== undefined && own > others(above) + CLEAR) move('above', above);
    else if (below !== undefined && own < others(below) - CLEAR) move('below', below);
  };
  for (const [n, { item, change, amount }] of tries.entries())
    note(item, change, amount, alone[n]!, other => scores[other]!);

  for (let amount = 1; user && amount <= MOST_ITEMS; amount++) {
    const events = withoutLast(user.events, amount);
    if (!events) break;
    const again = await score(madeAgain(user, events, items, logged), items, historyOf(userAfter(events)));
    for (const item of items.keys()) note(item, 'visits', amount, again[item]!, other => again[other]!);
  }
  return found;
}

interface Try {
  change: Change;
  amount: number;
  item: number;
  row: Float32Array;
}
