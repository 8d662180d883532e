import type { ExampleRow } from '../../activities/snapshot/dataset-builder.ts';
import { ShopState } from '../../bench/modalities/shop-state.ts';
import { TAKEN } from '../../models/next-item/journeys.ts';
import type { ShopEvent } from '../../schemas/topics/events.ts';
import { history, OPENED_MS } from '../sim/history.ts';
import { toProduct } from '../sim/items.ts';
import type { World } from '../sim/world.ts';
import type { Answers } from './memory-ports.ts';

/** How the log came to be, where it is not as it should be. */
export interface Logging {
  /** What features get to know of an event: it, another one, or nothing. */
  known?: (event: ShopEvent) => ShopEvent | undefined;
  /** Features are looked at when all of a list is over. */
  late?: boolean;
}

/** What the tables would hold after the simulated shop has shown so many lists, each in random order. */
export function simulatedTables(
  world: World,
  { seed, lists }: { seed: number; lists: number },
  { known = event => event, late = false }: Logging = {},
): Answers {
  const state = new ShopState(world.items, OPENED_MS);
  const examples: ExampleRow[] = [];
  const events: ShopEvent[] = [];
  for (const { list, events: done } of history(world, { seed, lists, browsing: 0.7 })) {
    const of = (type: ShopEvent['type']) =>
      new Set(done.flatMap(event => ('item' in event && event.type === type ? event.item : [])));
    const [seen, clicked, carted, purchased] = [of('impression'), of('click'), of('cart'), of('purchase')];
    const items = list.items.filter(({ item }) => seen.has(item));
    const names = items.map(({ item }) => item);
    const over_ms = Math.max(list.at_ms, ...done.map(({ at_ms }) => at_ms));
    const told = done.flatMap(event => known(event) ?? []);
    if (late) state.expect(told);
    const { features, history: recent } = state.look(list, names, late ? over_ms : list.at_ms);
    const width = features.length / Math.max(names.length, 1);
    if (!late) state.expect(told);
    events.push(...done);
    for (const [row, { item, position }] of items.entries()) {
      examples.push({
        list: list.id,
        at_ms: list.at_ms,
        user: list.user,
        arm: 'explore',
        position,
        item,
        propensity: 1 / list.items.length,
        features: [...features.subarray(row * width, (row + 1) * width)],
        history: recent,
        language: list.language ?? '',
        clicked: clicked.has(item),
        carted: carted.has(item),
        purchased: purchased.has(item),
        dismissed: false,
      });
    }
  }
  const taken = events.flatMap(event =>
    'item' in event && TAKEN.includes(event.type) ? { user: event.user, item: event.item, at_ms: event.at_ms } : [],
  );
  return {
    examples,
    events: taken.toSorted((a, b) => (a.user < b.user ? -1 : Number(a.user > b.user)) || a.at_ms - b.at_ms),
    catalogue: world.items.map(item => toProduct(item, OPENED_MS)),
  };
}
