import { historyOf } from '../../models/features/history.ts';
import { tasteOf } from '../../models/features/taste.ts';
import { FEATURES_VERSION, vectorAt } from '../../models/features/vector.ts';
import { tokensOf } from '../../models/next-item/tokens.ts';
import type { Policies } from '../../schemas/policy.ts';
import type { RankedList, RankRequest } from '../../schemas/ranking.ts';
import type { QueryVector } from '../surfaces/query-vectors.ts';
import { asksChampion, candidatesFor } from '../surfaces/surface.ts';
import type { Champion } from './champion.ts';
import type { Memory } from './memory.ts';
import { admissible, armOf, placeItems, rulesOf, type Shares, withPins } from './policy.ts';
import { featuresOf, scoresOf } from './scores.ts';

/** What the shop decides about lists. */
export interface Settings extends Shares {
  policies: Policies;
}

/** Items that the champion is asked for: some of what it expects may not be there any more. */
const NEXT = 150;

/**
 * One request to one ranked list: candidates, features, scores, order. There is always a list: where the champion
 * fails, popularity orders it, and the list says so.
 *
 * @param queue_ms how long the request waited, in its topic and for the vector of its query
 */
export async function answer(
  request: RankRequest,
  memory: Memory,
  champion: Champion,
  settings: Settings,
  queue_ms: number,
  queryVector?: QueryVector,
): Promise<RankedList> {
  const started = performance.now();
  const history = historyOf(memory.users.get(request.user)?.state);
  const next = asksChampion(request) ? await champion.next(history, NEXT) : [];

  // From here on until the features are made nothing waits: all of them are of one moment, which the list tells.
  const user = memory.users.get(request.user)?.state;
  const recent = user?.recent ?? [];
  const taste = tasteOf(user, item => memory.products.get(item));
  const rules = rulesOf(request, settings.policies[request.surface], recent);
  const proposed = withPins(candidatesFor({ request, memory, recent, taste, next, queryVector }), rules, memory);
  const { left: candidates, removed } = admissible(request, proposed, rules, memory);
  const found = performance.now();

  const features = featuresOf(request, candidates, taste, memory);
  const items = candidates.map(({ item }) => item);
  const applied = memory.applied(request.user, items);
  const filled = performance.now();

  const describe = (item: string) => tokensFor(memory, item);
  const pairs = { items, features, history, vectors: memory.vectors, describe };
  const { arm, model, scores } = await scoresOf(armOf(request, settings), request, candidates, pairs, champion);
  const slate = placeItems({ arm, request, items, scores, shares: settings, rules, memory });
  const done = performance.now();

  return {
    v: 1,
    id: request.id,
    at_ms: request.at_ms,
    user: request.user,
    session: request.session,
    surface: request.surface,
    ...(request.query === undefined ? {} : { query: request.query }),
    model,
    arm,
    features_version: FEATURES_VERSION,
    applied,
    candidates: candidates.length,
    ...(Object.keys(removed).length > 0 ? { removed } : {}),
    ...(slate.propensity === null ? {} : { slate_propensity: slate.propensity }),
    history,
    index: { ...memory.vectors.encoders.all() },
    items: slate.places.map(({ index, position, propensity }) => ({
      item: items[index]!,
      reason: candidates[index]!.reason,
      ...(slate.notes.has(index) ? { policy: slate.notes.get(index)! } : {}),
      position,
      score: Math.fround(scores[index]!),
      propensity,
      features: vectorAt(features, index),
    })),
    spent_ms: {
      queue: queue_ms,
      candidates: milli(found - started),
      features: milli(filled - found),
      score: milli(done - filled),
    },
  };
}

function tokensFor({ products }: Memory, item: string): string[] {
  const product = products.get(item);
  return product ? tokensOf(product) : [];
}

function milli(duration_ms: number): number {
  return Math.round(duration_ms * 1e3) / 1e3;
}
