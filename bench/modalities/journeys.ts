import { type Journeys, TAKEN } from '../../models/next-item/journeys.ts';
import { tokensOf } from '../../models/next-item/tokens.ts';
import type { Dataset } from '../../models/ranker/dataset/dataset.ts';
import { history, OPENED_MS, type Shown } from '../../test/sim/history.ts';
import { toProduct } from '../../test/sim/items.ts';
import { createWorld, type World } from '../../test/sim/world.ts';
import { examplesOf } from './examples.ts';
import { ShopState } from './shop-state.ts';

/** The share of lists with items of categories that the user comes for. */
const BROWSING = 0.7;

/** What a retraining's snapshot would hold of a simulated log. */
export function snapshotOf({ seed, users, lists }: { seed: number; users: number; lists: number }): Dataset {
  const world = createWorld({ seed, users });
  const log = [...history(world, { seed, lists, browsing: BROWSING })];
  const examples = examplesOf(log, world.items, new ShopState(world.items, OPENED_MS));
  return { ...examples, contents: {}, journeys: journeysOf(world, log) };
}

/** What users took, by all lists of a log. */
export function journeysOf({ items, users }: World, log: readonly Shown[]): Journeys {
  const [places, owners] = [
    new Map(items.map(({ item }, n) => [item, n])),
    new Map(users.map(({ user }, n) => [user, n])),
  ];
  const events = log
    .flatMap(each => each.events)
    .flatMap(event =>
      'item' in event && TAKEN.includes(event.type)
        ? { user: owners.get(event.user)!, item: places.get(event.item)!, at_ms: event.at_ms }
        : [],
    )
    .sort((a, b) => a.user - b.user || a.at_ms - b.at_ms);
  return {
    items: items.map(({ item }) => item),
    described: items.map(item => tokensOf(toProduct(item, OPENED_MS))),
    user: Int32Array.from(events, ({ user }) => user),
    item: Int32Array.from(events, ({ item }) => item),
    at_ms: Float64Array.from(events, ({ at_ms }) => at_ms),
  };
}
