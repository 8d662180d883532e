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

/** Rules by the items that they lead from, in rows one behind the other. */
export interface RuleTable {
  /** [items + 1]: where the row of each item begins; the last is where all end. */
  readonly starts: Int32Array;
  /** [rules]: the items that they lead to, */
  readonly others: Int32Array;
  /** [rules]: and how strong each is. */
  readonly weights: Float32Array;
}

/** Items by the rules that lead to them from those of the history. An item may follow itself. */
export function rules(sequences: Sequences, items: number, options: RuleOptions): Scorer {
  return byRules(learnRules(sequences, items, options), options);
}

/** Items by rules that were learned before. */
export function byRules(
  { starts, others, weights }: RuleTable,
  { newest, decay }: Pick<RuleOptions, 'newest' | 'decay'>,
): Scorer {
  return eachHistory(starts.length - 1, (history, row) => {
    let share = 1;
    for (let at = history.length - 1; at >= Math.max(0, history.length - newest); at--) {
      const end = starts[history[at]! + 1]!;
      for (let k = starts[history[at]!]!; k < end; k++) row[others[k]!]! += share * weights[k]!;
      share *= decay;
    }
  });
}

/** Learns the rules of some sequences, none of which has to be kept. */
export function learnRules(
  sequences: Sequences,
  items: number,
  { reach, weightOf, back }: Pick<RuleOptions, 'reach' | 'weightOf' | 'back'>,
): RuleTable {
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
  return inRows(found);
}

function inRows(found: readonly ReadonlyMap<number, number>[]): RuleTable {
  const starts = new Int32Array(found.length + 1);
  for (const [item, { size }] of found.entries()) starts[item + 1] = starts[item]! + size;
  const [others, weights] = [new Int32Array(starts.at(-1)!), new Float32Array(starts.at(-1)!)];
  for (const [item, row] of found.entries()) {
    others.set([...row.keys()], starts[item]);
    weights.set([...row.values()], starts[item]);
  }
  return { starts, others, weights };
}
