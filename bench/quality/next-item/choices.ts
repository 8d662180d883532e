import { ascend } from '../../../models/controls/ascent.ts';
import type { Part } from '../../../models/controls/blend.ts';
import { CO_OCCURRENCE, type RuleOptions, rules } from '../../../models/controls/rules.ts';
import type { Sequences } from '../../../models/controls/scorer.ts';
import { type NextItems, rankFigures, ranks } from '../../../models/evaluate/ranks.ts';
import { figuresOf, K } from '../figures.ts';

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
/** Of the other parts of a blend, where the first has 1. */
const WEIGHTS = [0, 0.25, 0.5, 1, 1.5, 2, 3, 4, 6];

/**
 * The co-occurrence that finds most of what the judges took next, beginning with that which is not tuned.
 *
 * @param seconds after so many nothing else is tried
 */
export function chooseCoOccurrence(
  training: Sequences,
  items: number,
  judges: NextItems,
  seconds: number,
): Promise<RuleOptions> {
  const end = performance.now() + seconds * 1_000;
  return ascend(CO_OCCURRENCE, CO_OCCURRENCES, async settings => {
    const goodness: number[] = [];
    for (const options of settings) {
      if (performance.now() >= end) break;
      goodness.push((await figuresOf(rules(training, items, options), judges))['ndcg@10']);
    }
    return goodness;
  });
}

/** The weights with which a blend finds most of it, beginning with the first part alone. */
export function chooseWeights(
  parts: Readonly<Record<string, Part>>,
  judges: NextItems,
): Promise<Record<string, number>> {
  const [first, ...others] = Object.keys(parts);
  const start = Object.fromEntries([[first!, 1], ...others.map(name => [name, 0])]) as Record<string, number>;
  const choices = Object.fromEntries(others.map(name => [name, WEIGHTS]));
  return ascend(start, choices, async settings => {
    const weightings = settings.map(each => Object.values(each));
    const found = await ranks(Object.values(parts), weightings, judges, { withoutHistory: true });
    return found.map(each => rankFigures(each, K).ndcg);
  });
}
