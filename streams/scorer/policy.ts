import { shareOf } from '../../models/hash.ts';
import { type Deed, deedsOf, treatmentOf } from '../../models/policy/deeds.ts';
import { diversified } from '../../models/policy/diversify.ts';
import { ordered } from '../../models/policy/ordered.ts';
import { certainSlate, mixedSlate, type Slate } from '../../models/policy/slate.ts';
import { capped, type Notes, type Order, split } from '../../models/policy/split.ts';
import type { ListPolicy, Pin, Treatment } from '../../schemas/policies/policy.ts';
import type { RecentEvent } from '../../schemas/topics/features.ts';
import type { Arm, RankRequest } from '../../schemas/topics/ranking.ts';
import type { Candidate } from '../surfaces/lane.ts';
import type { Memory } from './memory/memory.ts';

/** Behind so many places nobody looks for diversity, which costs more with every place. */
const DIVERSE_PLACES = 48;
/** The note of what stands behind the floor of relevance. */
const FAR = 'fits the query little';

export interface Shares {
  /** Share of requests that are answered in uniformly random order. */
  exploration: number;
  /** Share of users who always get the popularity list. */
  control: number;
}

/** Users stay in the control group; requests of the others are explored by the hash of their id, so an answer repeated is the same. */
export function armOf(request: RankRequest, shares: Shares): Exclude<Arm, 'fallback'> {
  if (request.shown) return 'recorded';
  if (shareOf(`control/${request.user}`) < shares.control) return 'control';
  return shareOf(`explore/${request.id}`) < shares.exploration ? 'explore' : 'champion';
}

/** What the surface's policy and the request ask of one list. */
export interface Rules {
  policy: ListPolicy;
  /** Those of the request before those of the policy, and of these only what is a candidate where the request brings its own. */
  pins: readonly Pin[];
  excluded: ReadonlySet<string>;
  deeds: ReadonlyMap<string, Deed>;
}

export function rulesOf(request: RankRequest, policy: ListPolicy, recent: RecentEvent[]): Rules {
  return {
    policy,
    pins: request.shown ? [] : pinsOf(request, policy),
    excluded: new Set([...policy.exclude, ...(request.exclude ?? [])]),
    deeds: deedsOf(recent, policy, request.at_ms),
  };
}

function pinsOf({ candidates, pins = [] }: RankRequest, policy: ListPolicy): Pin[] {
  const isCandidate = (item: string) => candidates === undefined || candidates.includes(item);
  return [...pins, ...policy.pins.filter(({ item }) => isCandidate(item) && pins.every(pin => pin.item !== item))];
}

/** The candidates, and the products that are pinned besides. */
export function withPins(candidates: readonly Candidate[], { pins }: Rules, memory: Memory): readonly Candidate[] {
  const more = pins.filter(
    ({ item }) => memory.products.has(item) && candidates.every(candidate => candidate.item !== item),
  );
  if (more.length === 0) return candidates;
  return [...candidates, ...more.map(({ item }) => ({ item, reason: 'pinned', relevance: 0 }))];
}

/** The candidates that no hard rule removes, and how many each rule did. What was shown is left as it stood. */
export function admissible(
  request: RankRequest,
  candidates: readonly Candidate[],
  rules: Rules,
  memory: Memory,
): { left: Candidate[]; removed: Record<string, number> } {
  if (request.shown) return { left: [...candidates], removed: {} };
  const { policy, excluded } = rules;
  const done = treatedAs('remove', rules);
  const removed: Record<string, number> = {};
  /** The hard rule that removes an item. One that was never heard of is the shop's to know, if a request brings it. */
  const ruleOf = (item: string): string | undefined => {
    if (excluded.size > 0 && excluded.has(item)) return 'excluded';
    const gone = memory.whyGone(item);
    if (gone === 'withdrawn' || (gone && policy.out_of_stock === 'remove')) return gone;
    return done.size > 0 ? done.get(item) : undefined;
  };
  const left = candidates.filter(({ item }) => {
    const rule = ruleOf(item);
    if (rule) removed[rule] = (removed[rule] ?? 0) + 1;
    return rule === undefined;
  });
  return { left, removed };
}

/** What the user did that the policy treats so: asked for once, of a few items, instead of once for each candidate. */
function treatedAs(treatment: Treatment, { policy, deeds }: Rules): ReadonlyMap<string, Deed> {
  return new Map([...deeds].filter(([, deed]) => treatmentOf(deed, policy) === treatment));
}

export interface Placing {
  arm: Arm;
  request: RankRequest;
  items: readonly string[];
  /** Of each item; equal ones are ordered by a hash of user and item. */
  scores: Float32Array;
  shares: Shares;
  rules: Rules;
  memory: Memory;
  /** Candidates that no ranker may put before others: a floor beneath whatever a model has learned. */
  far?: ReadonlySet<number>;
}

/** The slate of one request, and why an item of it does not stand where its score would put it. */
export function placeItems(placing: Placing): Slate & { notes: Notes } {
  const { arm, request, items, scores, shares, rules } = placing;
  const notes: Notes = new Map();
  if (request.shown) {
    const places = request.shown.map(({ position, propensity }, index) => ({ index, position, propensity }));
    return { places, propensity: null, notes };
  }
  const count = Math.min(request.count, items.length);
  const pinned = pinnedAt(rules.pins, items, count);
  const byScore = ordered(request.user, items, scores);
  const order =
    arm === 'control' ? byScore : arranged(byScore, { ...placing, count, pinned: [...pinned.values()] }, notes);
  const choices = { order, pinned, count };
  const isCertain = arm === 'control' || arm === 'fallback';
  const slate = isCertain
    ? certainSlate(choices)
    : mixedSlate(choices, shares.exploration, arm === 'explore', request.id);
  if (arm === 'explore') notes.clear(); // a place by chance has no reason
  for (const index of pinned.values()) notes.set(index, 'pinned');
  return { ...slate, notes };
}

/** The candidates that are pinned, by position; of two at one position the first counts. */
function pinnedAt(pins: readonly Pin[], items: readonly string[], count: number): Map<number, number> {
  const pinned = new Map<number, number>();
  for (const { item, position } of pins) {
    const index = position < count ? items.indexOf(item) : -1;
    if (index >= 0 && !pinned.has(position)) pinned.set(position, index);
  }
  return pinned;
}

/** The soft rules in their order: what hardly fits goes last, before it what the user is done with, then caps, then diversity among what is left. */
function arranged(
  byScore: Order,
  { items, scores, rules, memory, far, count, pinned }: Placing & { count: number; pinned: readonly number[] },
  notes: Notes,
): Order {
  const { policy } = rules;
  const demoted = treatedAs('demote', rules);
  const product = (candidate: number) => memory.products.get(items[candidate]!);
  const isPinned = new Set(pinned);
  const free = isPinned.size === 0 ? byScore : byScore.filter(candidate => !isPinned.has(candidate));
  const fit = far ? split(free, candidate => (far.has(candidate) ? FAR : undefined), notes) : { kept: free, moved: [] };
  const done = split(
    fit.kept,
    candidate => {
      const deed = demoted.size > 0 ? demoted.get(items[candidate]!) : undefined;
      return deed && `${deed} lately`;
    },
    notes,
  );
  const cap = (order: Order, what: 'brand' | 'category', most: number | null) =>
    capped(order, { most, what, groupOf: candidate => product(candidate)?.[what], pinned }, notes);
  const brands = cap(done.kept, 'brand', policy.most_per_brand);
  const categories = cap(brands.kept, 'category', policy.most_per_category);
  const similarity = similarityIn(items, memory);
  const places = Math.min(count - pinned.length, DIVERSE_PLACES);
  const diversity = { share: policy.diversity, places, scores, similarity, pinned };
  const head = diversified(categories.kept, diversity, notes);
  return [...head, ...categories.moved, ...brands.moved, ...done.moved, ...fit.moved, ...pinned];
}

/** The cosine of two candidates' vectors, each looked up once; where one has none, whether they are of one category. */
function similarityIn(items: readonly string[], memory: Memory): (a: number, b: number) => number {
  const vectors = new Map<number, Float32Array | undefined>();
  const vectorOf = (candidate: number) => {
    if (!vectors.has(candidate)) vectors.set(candidate, memory.vectorOf(items[candidate]!));
    return vectors.get(candidate);
  };
  const categoryOf = (candidate: number) => memory.products.get(items[candidate]!)?.category;
  return (a, b) => {
    const [one, other] = [vectorOf(a), vectorOf(b)];
    if (one && other) return product(one, other);
    const category = categoryOf(a);
    return Number(category !== undefined && category === categoryOf(b));
  };
}

function product(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
  return sum;
}
