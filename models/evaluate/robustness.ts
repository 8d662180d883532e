import { diluted, pushed } from '../attack/examples/fraud.ts';
import { disturbed } from '../attack/examples/noise.ts';
import { estranged } from '../attack/examples/strangers.ts';
import { type Dataset, listsOf, withLists } from '../ranker/dataset/dataset.ts';
import type { RankerModel } from '../ranker/model.ts';
import { bootstrapAll, type Interval } from './bootstrap.ts';
import { ndcg } from './metrics.ts';

/** What one attack leaves of two rankers, in NDCG@10 over lists, with 95 % intervals by bootstrap over users. */
export interface Withstood {
  readonly candidate: Interval;
  readonly champion: Interval;
  /** Of the candidate: attacked over not attacked. */
  readonly kept: Interval;
  /** Under attack, the candidate minus the champion. */
  readonly difference: Interval;
}

export interface Robustness {
  readonly lists: number;
  readonly users: number;
  readonly attacks: Readonly<Record<AttackName, Withstood>>;
}

/** What is done to the examples: nobody needs to look into a ranker for it, so that all kinds are treated alike. */
export const EXAMPLE_ATTACKS = {
  click_farm: (examples: Dataset, seed: number) =>
    pushed(examples, { type: 'click', count: 20, accounts: 5, share: 0.1 }, seed),
  dilution: (examples: Dataset) => diluted(examples, { type: 'impression', count: 100, accounts: 20, share: 0.1 }),
  strange_clicks: (examples: Dataset, seed: number) => estranged(examples, 2, seed),
  tampered_contents: (examples: Dataset, seed: number) => disturbed(examples, 0.5, seed),
} as const;
export type AttackName = keyof typeof EXAMPLE_ATTACKS;

const CUTOFF = 10;
/** So many suffice for an interval, and are scored in seconds by any ranker. */
const MOST_LISTS = 1_000;
const RESAMPLES = 500;

/**
 * What a fixed set of attacks leaves of a candidate, beside a champion: seconds of work, on examples that neither has
 * seen. Lists in random order where there are any with clicks; else all of them.
 *
 * @returns null where no list has a click and two items
 */
export async function measureRobustness(
  all: Dataset,
  rankers: Readonly<Record<'candidate' | 'champion', Pick<RankerModel, 'score'>>>,
  { seed }: { seed: number },
): Promise<Robustness | null> {
  const examples = withLists(all, judgedLists(all));
  const lists = [...listsOf(examples)];
  if (lists.length === 0) return null;
  const gainsOf = async (ranker: Pick<RankerModel, 'score'>, on: Dataset): Promise<Float64Array> => {
    const scores = await ranker.score(on);
    return Float64Array.from(
      lists,
      ([start, end]) => ndcg(scores.subarray(start, end), on.clicked.subarray(start, end), CUTOFF)!,
    );
  };
  const numbers = new Map<number, number>();
  const users = Int32Array.from(lists, ([start]) => {
    const user = examples.user[start]!;
    if (!numbers.has(user)) numbers.set(user, numbers.size);
    return numbers.get(user)!;
  });
  const clean = await gainsOf(rankers.candidate, examples);
  const attacks: Partial<Record<AttackName, Withstood>> = {};
  for (const [name, attack] of Object.entries(EXAMPLE_ATTACKS) as [
    AttackName,
    (typeof EXAMPLE_ATTACKS)[AttackName],
  ][]) {
    const attacked = attack(examples, seed);
    const [candidate, champion] = [
      await gainsOf(rankers.candidate, attacked),
      await gainsOf(rankers.champion, attacked),
    ];
    attacks[name] = withstood({ clean, candidate, champion, users, count: numbers.size }, seed);
  }
  return { lists: lists.length, users: numbers.size, attacks: attacks as Robustness['attacks'] };
}

/** Those with a click and an order, evenly from all. */
function judgedLists(examples: Dataset): (readonly [start: number, end: number])[] {
  const telling = [...listsOf(examples)].filter(
    ([start, end]) => end - start > 1 && examples.clicked.subarray(start, end).includes(1),
  );
  const explored = telling.filter(([start]) => examples.explored[start] === 1);
  const lists = explored.length > 0 ? explored : telling;
  const every = Math.ceil(lists.length / MOST_LISTS);
  return lists.filter((_, at) => at % every === 0);
}

interface Gains {
  readonly clean: Float64Array;
  readonly candidate: Float64Array;
  readonly champion: Float64Array;
  /** The user of each list, numbered from 0, and how many there are. */
  readonly users: Int32Array;
  readonly count: number;
}

function withstood({ clean, candidate, champion, users, count }: Gains, seed: number): Withstood {
  const found = bootstrapAll(
    count,
    times => {
      let [lists, before, own, other] = [0, 0, 0, 0];
      for (const [list, user] of users.entries()) {
        const often = times[user]!;
        lists += often;
        before += often * clean[list]!;
        own += often * candidate[list]!;
        other += often * champion[list]!;
      }
      return [own / lists, other / lists, own / before, (own - other) / lists];
    },
    { seed, resamples: RESAMPLES },
  );
  return { candidate: found[0]!, champion: found[1]!, kept: found[2]!, difference: found[3]! };
}
