import type { Check } from '../../../schemas/models/models.ts';
import type { Interval } from '../bootstrap.ts';
import { type Gate, notJudged, show } from './gate.ts';

export const quality: Gate<'quality'> = {
  name: 'quality',
  asks: 'does it order what it has not seen as well as the champion, and better than popularity?',
  evaluate({ evaluation: { by, differences } }, { ndcg_margin, auc_margin, than_champion }) {
    const margin = by === 'ndcg' ? ndcg_margin : auc_margin;
    const champion =
      than_champion === 'better'
        ? above('better_than_champion', differences.champion, 0, `${by} minus the champion's`)
        : above('not_worse_than_champion', differences.champion, -margin, `${by} minus the champion's`);
    return [champion, above('better_than_popularity', differences.popularity, 0, `${by} minus popularity's`)];
  },
};

/** The whole interval has to lie above the threshold, so that luck does not pass. */
function above(name: string, interval: Interval | null, threshold: number, what: string): Check {
  if (!interval) return notJudged(name, threshold, `${what}: nothing to compare`, false);
  const { value, low, high } = interval;
  const passed = low > threshold;
  const range = `${show(value)}, 95 % between ${show(low)} and ${show(high)}`;
  const reason = `${what}: ${range}; the low end is ${passed ? '' : 'not '}above ${show(threshold)}`;
  return { name, passed, value, low, high, threshold, reason };
}
