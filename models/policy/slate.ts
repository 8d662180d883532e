import { hash32 } from '../hash.ts';
import { random } from '../random.ts';
import type { Order } from './split.ts';

export interface Placed {
  /** Index of the candidate. */
  index: number;
  position: number;
  /** P(this item at this position | user, candidates); null where unknown. */
  propensity: number | null;
}

export interface Slate {
  places: Placed[];
  /** P(all of it | user, candidates); null where unknown. Below 5e-324 it is 0. */
  propensity: number | null;
}

/** All lists that the policy may show: their pins are the same. */
export interface Choices {
  /** All candidates, in the deterministic order; the pinned among them are passed over. */
  readonly order: Order;
  /** Candidates that stand firm, by position, all of them before `count`. */
  readonly pinned: ReadonlyMap<number, number>;
  /** Places of the list, at most as many as candidates. */
  readonly count: number;
}

/** The list that is shown without exploration. */
export function certainSlate(choices: Choices): Slate {
  const shown = slateOf(choices, best(choices));
  return { places: shown.map((index, position) => ({ index, position, propensity: 1 })), propensity: 1 };
}

/**
 * One of two lists, with exact probabilities: with probability e pins and, between them, an ordered sample of the other
 * candidates, all of them alike; else the deterministic one. Over m candidates and f places that are not pinned,
 *
 *     P(item at place) = e / m + (1 - e) [it is there in the deterministic list]
 *     P(list) = e (m - f)! / m! + (1 - e) [it is the deterministic list]
 *
 * and 1 for a pinned item at its place.
 *
 * @param isExplored which of both is shown
 * @param seed of the sample
 */
export function mixedSlate(choices: Choices, exploration: number, isExplored: boolean, seed: string): Slate {
  const { order, pinned } = choices;
  const certain = best(choices);
  const filled = isExplored ? sample(free(choices), certain.length, seed) : certain;
  const deterministic = slateOf(choices, certain);
  const shown = slateOf(choices, filled);
  const others = order.length - pinned.size;
  const uniform = exploration / others;
  const places = shown.map((index, position) => {
    const share = deterministic[position] === index ? 1 - exploration : 0;
    return { index, position, propensity: pinned.has(position) ? 1 : uniform + share };
  });
  const isSame = filled.every((index, place) => index === certain[place]);
  return {
    places,
    propensity: exploration * samplePropensity(others, certain.length) + (isSame ? 1 - exploration : 0),
  };
}

/** The deterministic candidates of the places that are not pinned. */
function best({ order, pinned, count }: Choices): number[] {
  const isPinned = new Set(pinned.values());
  const found: number[] = [];
  for (const candidate of order) {
    if (found.length === count - pinned.size) break;
    if (!isPinned.has(candidate)) found.push(candidate);
  }
  return found;
}

/** All that is not pinned, in the order of the candidates: a sample does not depend on scores. */
function free({ order, pinned }: Choices): number[] {
  const isPinned = new Set(pinned.values());
  return order.filter(candidate => !isPinned.has(candidate)).sort((a, b) => a - b);
}

/** Pins at their places, and these candidates at the others. */
function slateOf({ pinned, count }: Choices, filled: Order): number[] {
  let next = 0;
  return Array.from({ length: count }, (_, position) => pinned.get(position) ?? filled[next++]!);
}

/** P(an ordered sample of f out of m). */
function samplePropensity(m: number, f: number): number {
  let p = 1;
  for (let k = 0; k < f; k++) p /= m - k;
  return p;
}

/** The first `count` of a Fisher-Yates shuffle. */
function sample(candidates: Order, count: number, seed: string): number[] {
  const { below } = random(hash32(seed));
  const shuffled = [...candidates];
  for (let i = 0; i < count; i++) {
    const j = i + below(shuffled.length - i);
    [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
  }
  return shuffled.slice(0, count);
}
