import { type ListRecord, NO_FEATURES, type RankRequest } from '../../schemas/topics/ranking.ts';
import { headOf, type Settings } from './answer.ts';
import { knownOf } from './memory/known.ts';
import type { Memory } from './memory/memory.ts';
import { admissible, placeItems, type Rules, rulesOf, withPins } from './policy.ts';

/**
 * The list of a request that has waited for longer than anybody waits: what is popular, or what the shop brought in its
 * own order, within the hard rules and with the pins. It costs a fraction of one that is scored, so that a scorer
 * with more requests than it can answer gets to those that are still waited for. The list says `fallback`,
 * as one does on which the champion failed, and that it has no features. Examples are made of it, but no snapshot takes
 * them, and the watch counts none of it: who was asked for too much is no worse a model for it.
 * Nothing is sold on it, and a search, to which what is popular is no answer, finds nothing.
 */
export function answerLate(request: RankRequest, memory: Memory, settings: Settings, queue_ms: number): ListRecord {
  const policy = settings.policies[request.surface];
  const rules = rulesOf(request, policy, knownOf(request, memory)?.recent ?? []);
  const candidates = sourceOf(request, rules, memory).map(item => ({ item, reason: 'late', relevance: 0 }));
  const { left, removed } = admissible(request, withPins(candidates, rules, memory), rules, memory);
  const items = left.map(({ item }) => item);
  const scores = Float32Array.from(items, (_, n) => items.length - n); // as they stand
  const placing = { arm: 'fallback', request, items, scores, shares: settings, rules, memory } as const;
  const slate = placeItems(placing);
  return {
    ...headOf(request),
    model: 'popularity',
    arm: 'fallback',
    role: 'fallback',
    features_version: NO_FEATURES,
    candidates: items.length,
    ...(Object.keys(removed).length > 0 ? { removed } : {}),
    ...(slate.propensity === null ? {} : { slate_propensity: slate.propensity }),
    history: [],
    index: {},
    items: slate.places.map(({ index, position, propensity }) => ({
      item: items[index]!,
      reason: left[index]!.reason,
      ...(slate.notes.has(index) ? { policy: slate.notes.get(index)! } : {}),
      position,
      score: 0,
      propensity,
      features: [],
    })),
    spent_ms: { queue: queue_ms, candidates: 0, features: 0, score: 0 },
  };
}

/** More than the list's places by as many as the rules may remove or move. */
function sourceOf(
  { candidates, surface, count }: RankRequest,
  { excluded, deeds }: Rules,
  { popular }: Memory,
): string[] {
  if (surface === 'ads') return [];
  if (candidates) return [...new Set(candidates)];
  return surface === 'search' ? [] : popular.slice(0, count + excluded.size + deeds.size);
}
