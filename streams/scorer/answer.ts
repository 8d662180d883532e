import { countsAt, ITEM_COUNTS, USER_COUNTS } from '../../models/features/counts.ts';
import { tasteOf } from '../../models/features/taste.ts';
import {
  FEATURE_NAMES,
  FEATURES_VERSION,
  fillVector,
  POPULARITY_FEATURE,
  vectorAt,
} from '../../models/features/vector.ts';
import type { Policies } from '../../schemas/policy.ts';
import type { RankedList, RankRequest } from '../../schemas/ranking.ts';
import { candidatesFor } from '../surfaces/surface.ts';
import type { Champion } from './champion.ts';
import type { Memory } from './memory.ts';
import { admissible, armOf, placeItems, rulesOf, type Shares, withPins } from './policy.ts';

const WIDTH = FEATURE_NAMES.length;
const POPULARITY = FEATURE_NAMES.indexOf(POPULARITY_FEATURE);

/** What the shop decides about lists. */
export interface Settings extends Shares {
  policies: Policies;
}

/**
 * One request to one ranked list: candidates, features, scores, order. There is always a list: where the champion
 * fails, popularity orders it, and the list says so.
 *
 * @param queue_ms how long the request waited in its topic
 */
export async function answer(
  request: RankRequest,
  memory: Memory,
  champion: Champion,
  settings: Settings,
  queue_ms: number,
): Promise<RankedList> {
  const started = performance.now();
  const user = memory.users.get(request.user)?.state;
  const recent = user?.recent ?? [];
  const taste = tasteOf(user, item => memory.products.get(item));
  const rules = rulesOf(request, settings.policies[request.surface], recent);
  const proposed = withPins(candidatesFor({ request, memory, recent, taste }), rules, memory);
  const { left: candidates, removed } = admissible(request, proposed, rules, memory);
  const found = performance.now();

  const features = new Float32Array(candidates.length * WIDTH);
  const userCounts = countsAt(user, USER_COUNTS, request.at_ms);
  for (const [row, { item }] of candidates.entries()) {
    const pair = {
      userCounts,
      itemCounts: countsAt(memory.items.get(item)?.state, ITEM_COUNTS, request.at_ms),
      taste,
      item,
      product: memory.products.get(item),
    };
    fillVector(pair, features, row * WIDTH);
  }
  const filled = performance.now();

  const wanted = armOf(request, settings);
  const items = candidates.map(({ item }) => item);
  const history = recent.map(event => event.item);
  const scored =
    wanted === 'control' || candidates.length === 0
      ? undefined
      : await champion.score({ items, features, history, vectors: memory.vectors });
  const arm =
    scored || wanted === 'control' || candidates.length === 0 ? wanted : wanted === 'recorded' ? wanted : 'fallback';
  const scores = scored?.scores ?? column(features, candidates.length, POPULARITY);
  const slate = placeItems({ arm, request, items, scores, shares: settings, rules, memory });
  const done = performance.now();

  return {
    v: 1,
    id: request.id,
    at_ms: request.at_ms,
    user: request.user,
    session: request.session,
    surface: request.surface,
    model: scored?.model ?? 'popularity',
    arm,
    features_version: FEATURES_VERSION,
    candidates: candidates.length,
    ...(Object.keys(removed).length > 0 ? { removed } : {}),
    ...(slate.propensity === null ? {} : { slate_propensity: slate.propensity }),
    history,
    index: { ...memory.vectors.encoders.all() },
    items: slate.places.map(({ index, position, propensity }) => ({
      ...candidates[index]!,
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

function column(features: Float32Array, n: number, feature: number): Float32Array {
  return Float32Array.from({ length: n }, (_, row) => features[row * WIDTH + feature]!);
}

function milli(duration_ms: number): number {
  return Math.round(duration_ms * 1e3) / 1e3;
}
