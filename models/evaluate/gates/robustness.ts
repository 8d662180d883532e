import type { Check } from '../../../schemas/models/models.ts';
import type { AttackName, Withstood } from '../robustness.ts';
import { type Gate, show } from './gate.ts';

const WHAT: Readonly<Record<AttackName, string>> = {
  click_farm: 'after a click farm took a tenth of the items',
  dilution: 'after competitors looked at what is clicked the most',
  strange_clicks: 'after two clicks of another hand in each history',
  tampered_contents: 'after texts, pictures and videos were tampered with',
};

export const robustness: Gate<'robustness'> = {
  name: 'robustness',
  asks: 'is it shown to break under fraud and tampering, or to withstand them less than the champion?',
  evaluate({ robustness: found }, limits) {
    if (!found) return [];
    return (Object.entries(found.attacks) as [AttackName, Withstood][]).flatMap(([name, withstood]) => [
      keeps(name, withstood, limits.kept),
      notWorse(name, withstood, limits.ndcg_margin),
    ]);
  },
};

/** Who keeps too little is refused where that is beyond chance. */
function keeps(name: AttackName, { kept }: Withstood, least: number): Check {
  const passed = kept.high >= least;
  const reason = `${WHAT[name]}: ${range(kept)}, of its own ndcg is left; ${show(least)} has to be within`;
  return { name: `${name}_kept`, passed, ...kept, threshold: least, reason };
}

/** As for slices: refused where it is worse by more than the margin, and beyond chance. */
function notWorse(name: AttackName, { difference }: Withstood, margin: number): Check {
  const passed = difference.value >= -margin || difference.high >= 0;
  const reason = `${WHAT[name]}: ndcg minus the champion's ${range(difference)}; ${
    passed ? 'not worse' : 'worse'
  } by ${show(margin)} and beyond chance`;
  return { name, passed, ...difference, threshold: -margin, reason };
}

function range({ value, low, high }: Withstood['kept']): string {
  return `${show(value)}, between ${show(low)} and ${show(high)}`;
}
