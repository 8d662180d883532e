import type { Check } from '../../../schemas/models/models.ts';
import type { GatePolicy } from '../../../schemas/policies/gate-policy.ts';
import { atLeast, atMost, type Gate, notJudged, show } from '../gates/gate.ts';
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
    atMost('mute_features', found.mute.length, 0, muteOnes(found)),
    ...clickRates(found, limits),
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

function muteOnes({ mute }: Inspection): string {
  return `sides of which nothing is known, although those who clicked have come again${mute.length > 0 ? ` (${mute.join(', ')}: do the keys of events and lists agree?)` : ''}`;
}

function clickRates(
  { click_rate: rate, click_rate_before: before }: Inspection,
  limits: Pick<GatePolicy['snapshot'], 'click_rate' | 'click_rate_change'>,
): Check[] {
  const change = limits.click_rate_change;
  if (!before || rate === 0) {
    const why = "there are no clicks, or none in the champion's examples, to compare with; not judged";
    return [clicked(rate, limits.click_rate), notJudged('click_rate_change', change, why)];
  }
  const what = `times more clicks for each row than in the champion's examples, or fewer (${show(rate)} and ${show(before)})`;
  return [
    clicked(rate, limits.click_rate),
    atMost('click_rate_change', Math.max(rate / before, before / rate), change, what),
  ];
}

const clicked = (rate: number, most: number) => atMost('click_rate', rate, most, 'share of rows that were clicked');

function leakage({ leak }: Inspection, threshold: number): Check {
  if (!leak) return notJudged('leakage', threshold, 'no clicks to tell by; not judged');
  return atMost('leakage', leak.auc, threshold, `AUC of clicks by ${leak.feature} alone, which tells them best`);
}
