import type { Known } from '../../../models/explain/what-if.ts';
import { tasteOf } from '../../../models/features/taste.ts';
import { askerOf, FEATURE_NAMES, featureVector } from '../../../models/features/vector.ts';
import { Product, type ShopEvent } from '../../../schemas/topics/events.ts';
import { history } from '../../sim/history.ts';
import { toProduct } from '../../sim/items.ts';
import { States } from '../../sim/states.ts';
import { createWorld } from '../../sim/world.ts';

/** A list of the simulated shop as it is logged, and what was known when it was made. */
export interface Scene {
  known: Known;
  user: string;
  items: string[];
  /** Of each item, [F]. */
  logged: Float32Array[];
  states: States;
}

export const WIDTH = FEATURE_NAMES.length;

/** A user of whom the most is known, before items of some kinds, after so many lists of the shop. */
export function sceneOf({ seed, lists = 600, items = 8 }: { seed: number; lists?: number; items?: number }): Scene {
  const world = createWorld({ seed, items: 60, users: 30 });
  const products = new Map(world.items.map(item => [item.item, Product.parse(toProduct(item, 1_700_000_000_000))]));
  const product = (item: string) => products.get(item);
  const shown = [...history(world, { seed, lists, browsing: 0.7 })];
  const all = shown.flatMap(({ events }) => events).sort((a, b) => a.at_ms - b.at_ms);
  const by = new Map<string, ShopEvent[]>();
  for (const event of all) by.set(event.user, [...(by.get(event.user) ?? []), event]);
  const deeds = ([, events]: [string, ShopEvent[]]) => events.filter(({ type }) => type === 'click').length;
  const [user, events] = [...by].sort((a, b) => deeds(b) - deeds(a))[0]!;
  const asked = { user, at_ms: Math.max(...events.map(({ at_ms }) => at_ms)) + 400, session: events.at(-1)!.session };
  const states = new States();
  for (const event of all) if (event.at_ms <= asked.at_ms) states.take(event);
  const state = states.users.get(user);
  const asker = askerOf(asked, state, tasteOf(state, product), product);
  const names = world.items.slice(0, items).map(({ item }) => item);
  const logged = names.map(item =>
    featureVector(asker, { item, state: states.items.get(item), product: product(item) }),
  );
  return { known: { asked, events, product }, user, items: names, logged, states };
}

/** A ranker that sees rows of features alone. */
export type ByRows = (rows: readonly Float32Array[]) => Promise<Float32Array>;

/** It adds up some features by name. */
export function adding(weights: Readonly<Record<string, number>>): ByRows {
  const terms = Object.entries(weights).map(([name, weight]): [number, number] => {
    const place = FEATURE_NAMES.indexOf(name);
    if (place < 0) throw new Error(`no feature ${name}`);
    return [place, weight];
  });
  return async rows =>
    Float32Array.from(rows, row => terms.reduce((sum, [place, weight]) => sum + weight * row[place]!, 0));
}
