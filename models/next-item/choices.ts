import { ascend } from '../controls/ascent.ts';
import type { Part } from '../controls/blend.ts';
import { CO_OCCURRENCE, type RuleOptions, rules } from '../controls/rules.ts';
import type { Scorer, Sequences } from '../controls/scorer.ts';
import { type NextItems, rankFigures, ranks } from '../evaluate/ranks.ts';

/** By what everything is chosen: NDCG@K, among all items but those of the history. */
const K = 10;
/** What co-occurrence may be like. */
const CO_OCCURRENCES = {
  reach: [5, 10, 50],
  weightOf: [
    (distance: number) => 1 / Math.sqrt(distance),
    CO_OCCURRENCE.weightOf,
    (distance: number) => distance ** -2,
  ],
  back: [0, 0.1, 0.2, 0.3, 0.5, 1],
  decay: [0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9],
};
/** Of the parts of a blend. */
const WEIGHTS = [0, 0.25, 0.5, 1, 1.5, 2, 3, 4, 6];

/** How well a scorer finds what the judges took next. */
export async function goodnessOf(scorer: Scorer, judges: NextItems): Promise<number> {
  const [found] = await ranks([{ scorer, scaled: () => undefined }], [[1]], judges, { withoutHistory: true });
  return rankFigures(found!, K).ndcg;
}

/**
 * The co-occurrence that finds most of what the judges took next, beginning with that which is not tuned.
 *
 * @param seconds after so many nothing else is tried
 * @param onTry hears that something is about to be tried
 */
export function chooseCoOccurrence(
  training: Sequences,
  items: number,
  judges: NextItems,
  seconds: number,
  onTry: () => void = () => {},
): Promise<RuleOptions> {
  const end = performance.now() + seconds * 1_000;
  return ascend(CO_OCCURRENCE, CO_OCCURRENCES, async settings => {
    const goodness: number[] = [];
    for (const options of settings) {
      if (performance.now() >= end) break;
      onTry();
      goodness.push(await goodnessOf(rules(training, items, options), judges));
    }
    return goodness;
  });
}

/**
 * The weights with which a blend finds most of it, beginning with the first part alone.
 *
 * @param seconds as in `chooseCoOccurrence`; the first part's weights are tried in any case
 * @param onTry as in `chooseCoOccurrence`
 */
export function chooseWeights<Name extends string>(
  parts: Readonly<Record<Name, Part>>,
  judges: NextItems,
  seconds: number,
  onTry: () => void = () => {},
): Promise<Record<Name, number>> {
  const names = Object.keys(parts) as Name[];
  const eachOf = <V>(of: (place: number) => V) =>
    Object.fromEntries(names.map((name, place) => [name, of(place)])) as Record<Name, V>;
  const start = eachOf(place => Number(place === 0));
  const end = performance.now() + seconds * 1_000;
  let tried = false;
  return ascend(
    start,
    eachOf(() => WEIGHTS),
    async settings => {
      if (tried && performance.now() >= end) return [];
      tried = true;
      onTry();
      const weightings = settings.map(weights => names.map(name => weights[name]));
      const found = await ranks(Object.values(parts), weightings, judges, { withoutHistory: true });
      return found.map(each => rankFigures(each, K).ndcg);
    },
  );
}
