import { eachHistory, type Scorer, type Sequences } from './scorer.ts';

/** Which pairs of events make a rule, how strong it is, and which events of a history ask for theirs. */
export interface RuleOptions {
  /** Events that lie farther apart than so many places make none. */
  readonly reach: number;
  /** Of a pair, by the places between them, 1 for neighbours. */
  readonly weightOf: (distance: number) => number;
  /** What the rule from the later to the earlier item gets of the weight. */
  readonly back: number;
  /** So many of the newest events of a history count, */
  readonly newest: number;
  /** each this times as much as the one after it. */
  readonly decay: number;
}

/** What is taken in the same session as the newest item: Ludewig and Jannach, "Evaluation of session-based
 * recommendation algorithms", 2018, section 3.1. */
export const ASSOCIATION_RULES: RuleOptions = {
  reach: Number.POSITIVE_INFINITY,
  weightOf: () => 1,
  back: 1,
  newest: 1,
  decay: 1,
};

/** What is taken within ten events after the newest item, the sooner the more: likewise, section 3.1. */
export const SEQUENTIAL_RULES: RuleOptions = { ...ASSOCIATION_RULES, reach: 10, weightOf: d => 1 / d, back: 0 };

/** What is taken near to the newest items of a long history: neighbours by co-occurrence. */
export const CO_OCCURRENCE: RuleOptions = { reach: 5, weightOf: d => 1 / d, back: 0.3, newest: 10, decay: 0.7 };

/** Items by the rules that lead to them from those of the history. An item may follow itself. */
export function rules(sequences: Sequences, items: number, options: RuleOptions): Scorer {
  const learned = learn(sequences, items, options);
  const { newest, decay } = options;
  return eachHistory(items, (history, row) => {
    let share = 1;
    for (let at = history.length - 1; at >= Math.max(0, history.length - newest); at--) {
      const { others, weights } = learned[history[at]!]!;
      for (let k = 0; k < others.length; k++) row[others[k]!]! += share * weights[k]!;
      share *= decay;
    }
  });
}

/** The items that an item leads to. */
interface Rules {
  readonly others: Int32Array;
  readonly weights: Float32Array;
}

function learn(sequences: Sequences, items: number, { reach, weightOf, back }: RuleOptions): Rules[] {
  const found = Array.from({ length: items }, () => new Map<number, number>());
  const strengthen = (from: number, to: number, weight: number) => {
    found[from]!.set(to, (found[from]!.get(to) ?? 0) + weight);
  };
  for (const sequence of sequences) {
    for (const [at, earlier] of sequence.entries()) {
      for (let then = at + 1; then < sequence.length && then - at <= reach; then++) {
        const weight = weightOf(then - at);
        strengthen(earlier, sequence[then]!, weight);
        if (back > 0) strengthen(sequence[then]!, earlier, back * weight);
      }
    }
  }
  return found.map(each => ({ others: Int32Array.from(each.keys()), weights: Float32Array.from(each.values()) }));
}
