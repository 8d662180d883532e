import type { Check } from '../../../schemas/models/models.ts';
import { atLeast, atMost, type Gate, notJudged } from '../gates/gate.ts';
import type { Inspection } from './inspect.ts';

const DAY_MS = 86_400_000;

const snapshot: Gate<'snapshot', Inspection> = {
  name: 'snapshot',
  asks: 'are the examples enough, whole, labelled and fresh, and does no feature know the label?',
  evaluate: (found, limits) => [
    atLeast('lists', found.lists, limits.lists, 'lists'),
    atLeast('clicks', found.clicks, limits.clicks, 'clicks'),
    atMost('odd_rows', found.odd, 0, 'rows with an impossible label, propensity or position'),
    atMost('constant_features', found.constant.length, limits.constant, constantOnes(found)),
    atLeast('known_labels', found.known, limits.known, 'share of rows whose carts and purchases were waited for'),
    ...(limits.age_days === null
      ? []
      : [atMost('age', found.age_ms / DAY_MS, limits.age_days, 'days since the newest example')]),
    leakage(found, limits.leak_auc),
  ],
};

const skew: Gate<'skew', Inspection> = {
  name: 'skew',
  asks: "are the features spread as in the champion's examples?",
  evaluate({ skew }, { psi }) {
    if (!skew) return [notJudged('skew', psi, "the champion's examples are not there to compare with; not judged")];
    const what = `population stability index of ${skew.feature}, the greatest of ${skew.features} features (${skew.changed} have changed)`;
    return [atMost('skew', skew.psi, psi, what)];
  },
};

/** Every gate of examples, as `GATES` are those of candidates. */
export const SNAPSHOT_GATES = { snapshot, skew } as const;

function constantOnes({ constant }: Inspection): string {
  const some = constant.slice(0, 3).join(', ');
  return `features that never change${some && ` (${some}${constant.length > 3 ? ', ...' : ''})`}`;
}

function leakage({ leak }: Inspection, threshold: number): Check {
  if (!leak) return notJudged('leakage', threshold, 'no clicks to tell by; not judged');
  return atMost('leakage', leak.auc, threshold, `AUC of clicks by ${leak.feature} alone, which tells them best`);
}
