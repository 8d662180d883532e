import { describe, expect, it } from 'vitest';
import { type Move, movesOf, type Scoring } from '../../../models/explain/counterfactual.ts';
import { afterMore, atPrice, madeAgain, priceTaste, withoutLast } from '../../../models/explain/what-if.ts';
import { adding, type ByRows, type Scene, sceneOf } from './scene.ts';

const RANKER = {
  'item.clicks.1d': 0.5,
  'item.purchase_rate.7d': 4,
  'item.rating.7d': 0.3,
  'item.log_price': -1,
  'pair.price_gap': -0.5,
  'pair.category': 2,
  'pair.since_item': 0.05,
};
const VALUE = { click: Number.NaN, purchase: Number.NaN, rating: 5 };

/** The scores of all items after a change to one of them, or to who looks at them. */
async function after(
  { known, items, logged }: Scene,
  score: ByRows,
  item: number,
  { change, amount }: Pick<Move, 'change' | 'amount'>,
): Promise<Float32Array> {
  if (change === 'visits') return score(madeAgain(known, withoutLast(known.events, amount)!, items, logged));
  const factor = change === 'cheaper' ? 1 - amount / 100 : 1 + amount / 100;
  const row =
    change === 'cheaper' || change === 'dearer'
      ? atPrice(logged[item]!, factor, priceTaste(known))!
      : afterMore(logged[item]!, { type: change, value: VALUE[change] }, amount);
  return score(logged.map((each, n) => (n === item ? row : each)));
}

describe('the least change that would have moved an item', () => {
  it('moves it when the ranker scores it again, and nothing smaller does', async () => {
    const kinds = new Set<string>();
    for (const seed of [1, 2, 3]) {
      const scene = sceneOf({ seed });
      const score = adding(RANKER);
      const scores = await score(scene.logged);
      const found = await movesOf({ items: scene.items, scores }, scene.logged, scene.known, score);
      for (const [item, moves] of found.entries()) {
        for (const move of moves) {
          kinds.add(move.change);
          const other = scene.items.indexOf(move.other);
          const isAbove = (of: Float32Array) => of[item]! > of[other]!;
          expect(isAbove(scores), move.to).toBe(move.to === 'below');
          const then = await after(scene, score, item, move);
          expect(isAbove(then)).toBe(move.to === 'above');
          expect([then[item], then[other]]).toEqual([move.score, move.otherScore]);
          for (let less = 1; less < move.amount; less++) {
            const before = await after(scene, score, item, { ...move, amount: less });
            const moved =
              move.to === 'above' ? before[item]! > before[other]! + 1e-4 : before[item]! < before[other]! - 1e-4;
            expect(moved, `${move.change} ${less}`).toBe(false);
          }
        }
      }
    }
    expect([...kinds].sort()).toEqual(['cheaper', 'click', 'dearer', 'purchase', 'rating', 'visits']);
  });

  it('names the neighbour by score, and is none where the ranker does not care', async () => {
    const { items, logged, known } = sceneOf({ seed: 1, items: 3 });
    const scores = Float32Array.of(1, 3, 2);
    const deaf: Scoring = async rows => new Float32Array(rows.length);
    const found = await movesOf({ items, scores }, logged, undefined, deaf);
    // All that changes falls to 0: below the next one, of which the last has none.
    expect(found[0]).toEqual([]);
    expect(found[1]!.every(({ to, other }) => to === 'below' && other === items[2])).toBe(true);
    expect(found[2]!.every(({ to, other }) => to === 'below' && other === items[0])).toBe(true);
    const same: Scoring = async rows => new Float32Array(rows.length).fill(2);
    expect(await movesOf({ items, scores: Float32Array.of(2, 2, 2) }, logged, known, same)).toEqual([[], [], []]);
  });

  it('says nothing of visits and prices where the user is not known', async () => {
    const scene = sceneOf({ seed: 2 });
    const score = adding(RANKER);
    const scores = await score(scene.logged);
    const stranger = { ...scene.known, events: scene.known.events.slice(0, -30) };
    const found = await movesOf({ items: scene.items, scores }, scene.logged, stranger, score);
    const kinds = new Set(found.flat().map(({ change }) => change));
    expect([...kinds].filter(kind => ['visits', 'cheaper', 'dearer'].includes(kind))).toEqual([]);
    expect(kinds.size).toBeGreaterThan(0);
  });
});
