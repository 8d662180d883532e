import { POPULARITY_FEATURE } from '../../models/features/aggregates/defaults.ts';
import type { Taste } from '../../models/features/taste.ts';
import { askerOf, FEATURE_NAMES, fillVector } from '../../models/features/vector.ts';
import type { Pairs } from '../../models/ranker/pairs.ts';
import type { Arm, RankRequest } from '../../schemas/ranking.ts';
import type { Candidate } from '../surfaces/lane.ts';
import { orderOf } from '../surfaces/surface.ts';
import type { Champion } from './champion.ts';
import type { Memory } from './memory.ts';

const WIDTH = FEATURE_NAMES.length;
const POPULARITY = FEATURE_NAMES.indexOf(POPULARITY_FEATURE);

/** The features of each candidate: [candidates, FEATURES] */
export function featuresOf(
  request: RankRequest,
  candidates: readonly Candidate[],
  taste: Taste,
  memory: Memory,
): Float32Array {
  const features = new Float32Array(candidates.length * WIDTH);
  const product = (item: string) => memory.products.get(item);
  const asker = askerOf(request, memory.users.get(request.user)?.state, taste, product);
  for (const [row, { item }] of candidates.entries()) {
    const candidate = { item, state: memory.items.get(item)?.state, product: product(item) };
    fillVector(asker, candidate, features, row * WIDTH);
  }
  return features;
}

/** A score for each candidate, and who gave it: the champion, or relevance where a surface is ordered by that, or popularity. */
export async function scoresOf(
  arm: Arm,
  request: RankRequest,
  candidates: readonly Candidate[],
  pairs: Pairs,
  champion: Champion,
): Promise<{ arm: Arm; model: string; scores: Float32Array }> {
  const popularity = () => ({ model: 'popularity', scores: column(pairs.features, candidates.length, POPULARITY) });
  if (arm === 'control' || candidates.length === 0) return { arm, ...popularity() };
  if (orderOf(request) === 'relevance') {
    return { arm, model: 'relevance', scores: Float32Array.from(candidates, ({ relevance }) => relevance) };
  }
  const scored = await champion.score(pairs);
  if (scored) return { arm, ...scored };
  return { arm: arm === 'recorded' ? arm : 'fallback', ...popularity() };
}

function column(features: Float32Array, n: number, feature: number): Float32Array {
  return Float32Array.from({ length: n }, (_, row) => features[row * WIDTH + feature]!);
}
