import type { Check } from '../../../schemas/models/models.ts';
import type { GatePolicy } from '../../../schemas/policies/gate-policy.ts';
import type { Slice } from '../evidence/slices.ts';
import { type Gate, notJudged, show } from './gate.ts';

export const slices: Gate<'slices'> = {
  name: 'slices',
  asks: 'is it shown to be worse than the champion for new users, in a language, for rare items, or at some price?',
  evaluate: ({ evaluation }, limits) => evaluation.slices.map(slice => notWorse(slice, limits)),
};

type Limits = Pick<GatePolicy['slices'], 'ndcg_margin' | 'clicked_ndcg_margin' | 'lists'>;

/**
 * A slice is small, so an equal candidate can't be asked to be shown not worse in each of them. It is refused where it is
 * worse by more than the margin, and beyond chance: in at most one of forty retrainings that change nothing, since the
 * intervals of all slices hold together.
 */
function notWorse({ name, what, of, lists, difference }: Slice, limits: Limits): Check {
  const check = `slice_${name}`;
  const margin = of === 'clicked' ? limits.clicked_ndcg_margin : limits.ndcg_margin;
  const threshold = -margin;
  if (!difference || lists < limits.lists) {
    return notJudged(check, threshold, `${what}: ${lists}, too few to judge by; ${limits.lists} are needed`);
  }
  const { value, low, high } = difference;
  const passed = value >= threshold || high >= 0;
  const range = `${show(value)}, between ${show(low)} and ${show(high)}`;
  const reason = `${lists} ${what}: ndcg minus the champion's ${range}; ${
    passed ? 'not worse' : 'worse'
  } by ${show(margin)} and beyond chance`;
  return { name: check, passed, value, low, high, threshold, reason };
}
