import type { Modality } from '../../schemas/topics/vectors.ts';
import type { Pairs } from '../ranker/dataset/pairs.ts';
import { type Attributions, meanOf } from './attribution.ts';
import { type Group, groupsOf } from './groups.ts';

/** A list before a ranker that sees more than features. */
export interface SeenList extends Omit<Pairs, 'features'> {
  /** Of each item, [F]. */
  rows: readonly Float32Array[];
  featureNames: readonly string[];
  /** Whose vectors the ranker reads. */
  modalities: readonly Modality[];
}

/** Scores of a list's items as the ranker gives them to what it is shown. */
export type Seeing = (pairs: Pairs) => Promise<Float32Array>;

const MODALITY: Readonly<Record<Modality, Group>> = { text: 'text', image: 'picture', video: 'video' };
/** A group that changes no score by more than this, alone or as the last, is left out: each one doubles the work. */
const NOTHING = 1e-7;
/** No name of an item, so that no ranker knows it. */
const UNKNOWN = '\u0000';

/** What a ranker says of a list where some groups are shown. */
export interface Coalitions {
  players: readonly Group[];
  /** By the coalition as a number, whose n-th bit is the n-th player: of each item. */
  scores: readonly Float32Array[];
}

/**
 * All coalitions of the groups that change a score. Out of the coalition, features are those of the list's mean item,
 * vectors are missing, the history is empty, and the item has no name: so rankers are asked for nothing that they do not
 * meet in serving.
 */
export async function coalitionsOf(list: SeenList, see: Seeing): Promise<Coalitions> {
  const places = groupsOf(list.featureNames);
  const mean = meanOf(list.rows, list.featureNames.length);
  const value = (shown: ReadonlySet<Group>) => see(shownOf(list, places, mean, shown));
  const players = await playersOf(candidatesIn(list, places), value);
  const scores: Float32Array[] = [];
  for (let coalition = 0; coalition < 2 ** players.length; coalition++) {
    scores.push(await value(new Set(players.filter((_, n) => coalition & (1 << n)))));
  }
  return { players, scores };
}

/**
 * Shapley values (Shapley, "A value for n-person games", 1953) of what a ranker is shown of an item, exactly, by all
 * coalitions of its groups: a ranker need not be differentiable, and they add up to the score.
 */
export async function shapleyOf(list: SeenList, see: Seeing): Promise<Attributions> {
  return sharesOf(await coalitionsOf(list, see));
}

/** Each group's share of the scores. */
export function sharesOf({ players, scores }: Coalitions): Attributions {
  const weights = weightsOf(players.length);
  const [none, all] = [scores[0]!, scores.at(-1)!];
  const items = Array.from(all, (score, item) => {
    const groups: Partial<Record<Group, number>> = {};
    for (const [n, player] of players.entries()) {
      let sum = 0;
      for (let coalition = 0; coalition < scores.length; coalition++) {
        if (coalition & (1 << n)) continue;
        sum += weights[bitsIn(coalition)]! * (scores[coalition | (1 << n)]![item]! - scores[coalition]![item]!);
      }
      groups[player] = sum;
    }
    const told = Object.values(groups).reduce((sum, each) => sum + each, none[0]!);
    return { score, groups, error: Math.abs(told - score) };
  });
  return { baseline: none[0] ?? 0, items };
}

/** Groups that may set items apart: of features those that differ within the list, the vectors, the history, the name. */
function candidatesIn({ rows, modalities }: SeenList, places: Record<string, number[]>): Group[] {
  const varying = (Object.entries(places) as [Group, number[]][]).flatMap(([group, at]) =>
    at.some(place => rows.some(row => row[place] !== rows[0]![place])) ? [group] : [],
  );
  return [...new Set<Group>([...varying, ...modalities.map(modality => MODALITY[modality]), 'recent', 'itself'])];
}

async function playersOf(
  candidates: readonly Group[],
  value: (shown: ReadonlySet<Group>) => Promise<Float32Array>,
): Promise<Group[]> {
  const [none, all] = [await value(new Set()), await value(new Set(candidates))];
  const moves = (a: Float32Array, b: Float32Array) => a.some((score, n) => Math.abs(score - b[n]!) > NOTHING);
  const players: Group[] = [];
  for (const group of candidates) {
    const alone = await value(new Set([group]));
    const without = await value(new Set(candidates.filter(each => each !== group)));
    if (moves(none, alone) || moves(all, without)) players.push(group);
  }
  return players;
}

/** What a ranker sees of the list where only these groups are shown. */
function shownOf(
  { items, rows, history, vectors, describe, featureNames }: SeenList,
  places: Record<string, number[]>,
  mean: Float32Array,
  shown: ReadonlySet<Group>,
): Pairs {
  const width = featureNames.length;
  const features = new Float32Array(rows.length * width);
  for (const [n, row] of rows.entries()) {
    features.set(mean, n * width);
    for (const group of shown) for (const place of places[group] ?? []) features[n * width + place] = row[place]!;
  }
  const named = shown.has('itself');
  const nameOf = (each: string) => (each.startsWith(UNKNOWN) ? each.slice(UNKNOWN.length) : each);
  const own = new Set(items);
  return {
    items: named ? items : items.map(item => UNKNOWN + item),
    features,
    history: shown.has('recent') ? history : [],
    vectors: {
      vector: (each, modality, encoder) => {
        const item = nameOf(each);
        // What the user took keeps its vectors: they are part of what he did.
        const isTaken = each === item && !(named && own.has(item));
        const isShown = isTaken || shown.has(MODALITY[modality]);
        return isShown ? vectors.vector(item, modality, encoder) : undefined;
      },
    },
    ...(describe && { describe: (each: string) => (shown.has('text') ? describe(nameOf(each)) : []) }),
  };
}

/** Of a coalition by its size, without the player: |S|! (n - |S| - 1)! / n! */
function weightsOf(players: number): number[] {
  const weights: number[] = [];
  for (let size = 0; size < players; size++) {
    let choices = 1;
    for (let k = 1; k <= size; k++) choices *= (players - k) / k;
    weights.push(1 / (players * choices));
  }
  return weights;
}

function bitsIn(mask: number): number {
  let bits = 0;
  for (let left = mask; left !== 0; left &= left - 1) bits++;
  return bits;
}
