import type { Dataset } from '../../ranker/dataset/dataset.ts';
import { bootstrapAll, type Interval } from '../bootstrap.ts';

/** A part of the lists, and how candidate and champion differ there. */
export interface Slice {
  name: string;
  /** Which lists it has, in words. */
  what: string;
  /** What it is cut by: what was known before the list was made, or what became of it. */
  of: 'user' | 'clicked';
  lists: number;
  /** NDCG of the candidate minus the champion's; the intervals of all slices hold together with 95 % confidence. */
  difference: Interval | null;
}

type List = readonly [start: number, end: number];

/** A third of the lists by a feature: of the user, or of what was clicked. */
interface Cut {
  name: string;
  what: string;
  feature: string;
  third: 0 | 1 | 2;
  of: Slice['of'];
}

/** Thirds and no fixed bounds, so that each shop has something in each of them. */
const CUTS: readonly Cut[] = [
  {
    name: 'new_users',
    what: 'lists of users of whom least is known',
    feature: 'user.evidence',
    third: 0,
    of: 'user',
  },
  {
    name: 'rare_items',
    what: 'lists on which something was clicked that is seldom shown',
    feature: 'item.impressions.7d',
    third: 0,
    of: 'clicked',
  },
  ...(['cheap', 'middling', 'dear'] as const).map(
    (band, third): Cut => ({
      name: `${band}_items`,
      what: `lists on which something was clicked from the ${['lowest', 'middle', 'highest'][third]} third of prices`,
      feature: 'item.log_price',
      third: third as Cut['third'],
      of: 'clicked',
    }),
  ),
];

/** NDCG of each judged list under both, and whose list it is. */
export interface ListGains {
  lists: readonly List[];
  /** The user of each list, numbered from 0. */
  listUser: Int32Array;
  users: number;
  candidate: Float64Array;
  champion: Float64Array;
}

/**
 * Candidate and champion in parts of the lists that a mean over all of them may hide. Slices that the features can't tell
 * apart are left out, since nothing of the kind is known.
 */
export function slicesOf(dataset: Dataset, gains: ListGains, seed: number): Slice[] {
  const cuts: Part[] = CUTS.flatMap(cut => {
    const members = membersOf(dataset, gains.lists, cut);
    return members.length > 0 ? [{ ...cut, members }] : [];
  });
  cuts.push(...byLanguage(dataset, gains.lists));
  if (cuts.length === 0) return [];
  const differences = bootstrapAll(
    gains.users,
    times => cuts.map(({ members }) => meanDifference(gains, members, times)),
    { seed, confidence: 1 - 0.05 / cuts.length },
  );
  return cuts.map(({ name, what, of, members }, which) => {
    return { name, what, of, lists: members.length, difference: differences[which]! };
  });
}

/** A slice to be, with the places of its lists. */
type Part = Pick<Slice, 'name' | 'what' | 'of'> & { members: number[] };

/** Each slice more widens the intervals of all, so that only languages are slices in which many ask, */
const LANGUAGES = { most: 4, share: 0.05 };

/** by their first subtags, since `pt` and `pt-BR` are one. In a shop of one language there is nothing to tell apart. */
function byLanguage({ language, languages = [], list }: Dataset, lists: readonly List[]): Part[] {
  const members = new Map<string, number[]>();
  for (const [place, [first]] of lists.entries()) {
    const tag = languages[language?.[list[first]!] ?? -1];
    if (tag === undefined) continue;
    const name = tag.split('-')[0]!.toLowerCase();
    const found = members.get(name);
    if (found) found.push(place);
    else members.set(name, [place]);
  }
  if (members.size < 2) return [];
  return [...members]
    .filter(([, { length }]) => length >= LANGUAGES.share * lists.length)
    .sort(([a, { length: one }], [b, { length: other }]) => other - one || (a < b ? -1 : 1))
    .slice(0, LANGUAGES.most)
    .map(([name, places]) => {
      return { name: `language_${name}`, what: `lists of users of the language ${name}`, of: 'user', members: places };
    });
}

/** The places of the lists that are in a cut. */
function membersOf(dataset: Dataset, lists: readonly List[], { feature, third, of }: Cut): number[] {
  const width = dataset.featureNames.length;
  const column = dataset.featureNames.indexOf(feature);
  if (column < 0) return [];
  const featureOf = (row: number) => dataset.features[row * width + column]!;
  const values = lists.map(([start, end]) => featureOf(of === 'user' ? start : firstClicked(dataset, start, end)));
  const thirds = thirdsOf(values);
  return [...values.keys()].filter(list => thirds.get(values[list]!) === third);
}

/**
 * In which third each value lies. Equal values stay together, where the middle of them lies; the least and the greatest
 * are at their ends however many there are: whoever has 0 is among those of whom least is known, be he one of most.
 *
 * @returns nothing where all are equal
 */
function thirdsOf(values: readonly number[]): Map<number, Cut['third']> {
  const sorted = Float64Array.from(values).sort();
  const thirds = new Map<number, Cut['third']>();
  for (let [first, end] = [0, 0]; first < sorted.length; first = end) {
    for (end = first + 1; sorted[end] === sorted[first]; ) end++;
    const middle = Math.floor((3 * (first + end)) / (2 * sorted.length));
    thirds.set(sorted[first]!, first === 0 ? 0 : end === sorted.length ? 2 : (middle as Cut['third']));
  }
  return thirds.size > 1 ? thirds : new Map();
}

function firstClicked({ clicked }: Dataset, start: number, end: number): number {
  const place = clicked.subarray(start, end).indexOf(1);
  return start + Math.max(0, place);
}

function meanDifference({ listUser, candidate, champion }: ListGains, members: number[], times: Uint32Array): number {
  let [total, lists] = [0, 0];
  for (const list of members) {
    const count = times[listUser[list]!]!;
    total += count * (candidate[list]! - champion[list]!);
    lists += count;
  }
  return total / lists;
}
