import type { Known } from '../../../models/explain/what-if.ts';
import { FEATURE_NAMES } from '../../../models/features/vector.ts';
import { Product, type ShopEvent } from '../../../schemas/topics/events.ts';
import { OPENED_MS } from '../../../test/sim/history.ts';
import { toProduct } from '../../../test/sim/items.ts';
import { ShopState } from '../../modalities/shop-state.ts';
import type { RealLog } from '../../robustness/shop/log.ts';

/** A list of the part that is judged by, with all that is needed to explain it. */
export interface JudgedList {
  user: string;
  items: string[];
  /** Of each item, [F]. */
  rows: Float32Array[];
  known: Known;
}

/** Every n-th of the later lists, so that there are as many, with what the jobs knew when each was asked for. */
export function judgedLists({ world, shown, later_ms }: RealLog, count: number): JudgedList[] {
  const products = new Map(world.items.map(item => [item.item, Product.parse(toProduct(item, OPENED_MS))]));
  const state = new ShopState(world.items, OPENED_MS);
  const later = shown.filter(({ list }) => list.at_ms >= later_ms);
  const chosen = new Set(later.filter((_, n) => n % Math.max(1, Math.floor(later.length / count)) === 0));
  const past = new Map<string, ShopEvent[]>();
  const judged: JudgedList[] = [];
  for (const visit of shown) {
    const { list, events } = visit;
    if (chosen.has(visit) && judged.length < count) {
      const items = list.items.map(({ item }) => item);
      const { features } = state.look(list, items, list.at_ms);
      const width = FEATURE_NAMES.length;
      const before = (past.get(list.user) ?? []).filter(({ at_ms }) => at_ms <= list.at_ms);
      judged.push({
        user: list.user,
        items,
        rows: items.map((_, n) => features.slice(n * width, (n + 1) * width)),
        known: {
          asked: { at_ms: list.at_ms, user: list.user, session: list.session },
          events: before.sort((a, b) => a.at_ms - b.at_ms),
          product: item => products.get(item),
        },
      });
    }
    state.expect(events);
    past.set(list.user, [...(past.get(list.user) ?? []), ...events]);
  }
  return judged;
}
