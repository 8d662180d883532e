import { hash32, shareOf } from '../../models/hash.ts';
import { random } from '../../models/random.ts';
import type { Arm, RankRequest } from '../../schemas/ranking.ts';

export interface Shares {
  /** Share of requests that are answered in uniformly random order. */
  exploration: number;
  /** Share of users who always get the popularity list. */
  control: number;
}

export interface Placed {
  /** Index of the candidate. */
  index: number;
  position: number;
  propensity: number | null;
}

/** Users stay in the control group; requests of the others are explored by the hash of their id, so an answer repeated is the same. */
export function armOf(request: RankRequest, shares: Shares): Exclude<Arm, 'fallback'> {
  if (request.shown) return 'recorded';
  if (shareOf(`control/${request.user}`) < shares.control) return 'control';
  return shareOf(`explore/${request.id}`) < shares.exploration ? 'explore' : 'champion';
}

/**
 * The slate of one request, with the exact probability of each placement given user and candidates.
 * With exploration e over n candidates, an item stands at position k with probability
 * e / n + (1 - e) [k is its place by score]; control lists are certain.
 *
 * @param scores of each candidate; equal ones are ordered by a hash of user and item
 */
export function placeItems(
  arm: Arm,
  request: RankRequest,
  items: readonly string[],
  scores: Float32Array,
  shares: Shares,
): Placed[] {
  if (request.shown) return request.shown.map(({ position, propensity }, index) => ({ index, position, propensity }));
  const n = items.length;
  const tie = items.map(item => hash32(`${request.user}/${item}`));
  const byScore = Array.from(items.keys()).sort((a, b) => scores[b]! - scores[a]! || tie[a]! - tie[b]!);
  const count = Math.min(request.count, n);
  if (arm === 'control' || arm === 'fallback') {
    return byScore.slice(0, count).map((index, position) => ({ index, position, propensity: 1 }));
  }
  const shown = arm === 'explore' ? sample(n, count, request.id) : byScore.slice(0, count);
  const uniform = shares.exploration / n;
  return shown.map((index, position) => {
    const propensity = uniform + (byScore[position] === index ? 1 - shares.exploration : 0);
    return { index, position, propensity };
  });
}

/** The first `count` of a Fisher-Yates shuffle of 0..n-1, seeded by the request. */
function sample(n: number, count: number, seed: string): number[] {
  const { below } = random(hash32(seed));
  const indices = Array.from({ length: n }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const j = i + below(n - i);
    [indices[i], indices[j]] = [indices[j]!, indices[i]!];
  }
  return indices.slice(0, count);
}
