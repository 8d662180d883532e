import { POPULARITY_FEATURE } from '../../models/features/aggregates/defaults.ts';
import type { Taste } from '../../models/features/taste.ts';
import { askerOf, FEATURE_NAMES, fillVectors, type Candidate as KnownCandidate } from '../../models/features/vector.ts';
import { teamDraft } from '../../models/policy/interleave.ts';
import { ordered } from '../../models/policy/ordered.ts';
import type { Pairs } from '../../models/ranker/dataset/pairs.ts';
import { isPersonal } from '../../schemas/topics/consent.ts';
import type { Arm, Experiment, RankedItem, RankRequest, Role } from '../../schemas/topics/ranking.ts';
import type { Candidate } from '../surfaces/lane.ts';
import { orderOf } from '../surfaces/surface.ts';
import type { Champion, Scale } from './champion/champion.ts';
import { knownOf } from './memory/known.ts';
import type { Memory } from './memory/memory.ts';

const WIDTH = FEATURE_NAMES.length;
const POPULARITY = FEATURE_NAMES.indexOf(POPULARITY_FEATURE);

/**
 * The features of each candidate: [candidates, FEATURES]
 *
 * @param into where they are written to, at least so large
 */
export function featuresOf(
  request: RankRequest,
  candidates: readonly Candidate[],
  taste: Taste,
  memory: Memory,
  into: Float32Array = new Float32Array(candidates.length * WIDTH),
): Float32Array {
  const product = (item: string) => memory.products.get(item);
  // Without consent, what was shared with the user is not for him either.
  const asked = isPersonal(request) ? request : { ...request, user: '' };
  const asker = askerOf(asked, knownOf(request, memory), taste, product);
  const each: KnownCandidate = { item: '', state: undefined, product: undefined, fit: undefined };
  const candidate = (row: number) => {
    const { item, fit } = candidates[row]!;
    each.item = item;
    each.state = memory.items.get(item)?.state;
    each.product = memory.products.get(item);
    each.fit = fit;
    return each;
  };
  fillVectors(asker, candidates.length, candidate, into);
  return into;
}

export interface Scored {
  arm: Arm;
  model: string;
  role?: Role;
  experiment?: Experiment;
  /** Of each candidate. */
  scores: Float32Array;
  scale?: Scale;
  /** An interleaved list: what orders the candidates in place of their scores, and whose choice each is. */
  interleaved?: { places: Float32Array; teams: Team[] };
}

type Team = NonNullable<RankedItem['team']>;

export interface Rankers {
  champion: Champion;
  /** Who is on trial, and what for: absent where the list is no part of a trial. */
  trial?: { challenger: Champion; experiment: Experiment };
}

/**
 * A score for each candidate, and who gave it: the champion, or the challenger of a trial, or popularity. What a query found
 * is scored by its relevance where the champion is another surface's. Where a challenger fails the champion takes its place,
 * and where that fails what needs no model: relevance for what a query found, else popularity.
 */
export async function scoresOf(
  arm: Arm,
  request: RankRequest,
  candidates: readonly Candidate[],
  pairs: Pairs,
  { champion, trial }: Rankers,
): Promise<Scored> {
  const popularity = () => {
    const scores = column(pairs.features, candidates.length, POPULARITY);
    return { model: 'popularity', scores, scale: 'rate' } as const;
  };
  if (arm === 'control' || candidates.length === 0) return { arm, ...popularity() };
  const isFound = orderOf(request) === 'relevance';
  const relevance = () => {
    return { model: 'relevance', scores: Float32Array.from(candidates, ({ relevance }) => relevance) } as const;
  };
  if (isFound && champion.surface !== request.surface) return { arm, ...relevance() };
  if (arm === 'recorded') {
    const scored = await champion.score(pairs);
    return { arm, ...(scored ?? popularity()) };
  }
  const part = trial && { experiment: trial.experiment };
  if (trial?.experiment.group === 'challenger') {
    const scored = await trial.challenger.score(pairs);
    if (scored) return { arm, role: 'challenger', ...part, ...scored };
  }
  const scored = await champion.score(pairs);
  if (!scored) return { arm: 'fallback', role: 'fallback', ...part, ...(isFound ? relevance() : popularity()) };
  if (trial?.experiment.group === 'both') {
    const other = await trial.challenger.score(pairs);
    if (other) {
      const interleaved = interleave(request, pairs.items, scored.scores, other.scores);
      return { arm, role: 'champion', ...part, ...scored, interleaved };
    }
  }
  const isMeant = trial === undefined || trial.experiment.group === 'champion';
  return { arm, role: isMeant ? 'champion' : 'fallback', ...part, ...scored };
}

function interleave(request: RankRequest, items: readonly string[], own: Float32Array, other: Float32Array) {
  const orders = [own, other].map(scores => ordered(request.user, items, scores)) as [number[], number[]];
  const { order, isOfSecond } = teamDraft(...orders, `interleave/${request.id}`);
  const places = new Float32Array(items.length);
  for (const [rank, candidate] of order.entries()) places[candidate] = items.length - rank;
  return { places, teams: Array.from(isOfSecond, (second): Team => (second ? 'challenger' : 'champion')) };
}

/**
 * Of each candidate P(click) at a usual place. A rate of clicks is above 1 where a shop tells of fewer looks than clicks.
 *
 * @param factor by which what a ranker says is multiplied; rates of popularity are counted, and stay
 */
export function clickRatesOf({ scores, scale }: Pick<Scored, 'scores' | 'scale'>, factor = 1): Float32Array {
  return scores.map(score => Math.min(1, scale === 'rate' ? score : factor / (1 + Math.exp(-score))));
}

function column(features: Float32Array, n: number, feature: number): Float32Array {
  return Float32Array.from({ length: n }, (_, row) => features[row * WIDTH + feature]!);
}
