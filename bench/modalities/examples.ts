import { FEATURE_NAMES } from '../../models/features/vector.ts';
import { type Dataset, UNKNOWN } from '../../models/ranker/dataset/dataset.ts';
import { HISTORY } from '../../models/ranker/model.ts';
import type { Shown } from '../../test/sim/history.ts';
import type { Item } from '../../test/sim/items.ts';
import type { ShopState } from './shop-state.ts';

/**
 * Examples as a snapshot has them: a row for each item that was seen, with what the jobs knew when the list was asked
 * for. The state learns what users did on the way.
 */
export function examplesOf(
  shown: Iterable<Shown>,
  items: readonly Item[],
  state: ShopState,
): Omit<Dataset, 'contents'> {
  const places = new Map(items.map(({ item }, place) => [item, place]));
  const users = new Map<string, number>();
  const rows = { features: [] as Float32Array[], history: [] as Int32Array[] };
  const columns = { position: num(), clicked: num(), carted: num(), purchased: num(), explored: num() };
  const keys = { item: num(), list: num(), user: num(), at_ms: num() };
  for (const { list, events } of shown) {
    const of = (type: string) =>
      new Set(events.flatMap(event => (event.type === type && 'item' in event ? event.position! : [])));
    const [seen, clicked, carted, purchased] = [of('impression'), of('click'), of('cart'), of('purchase')];
    const entries = list.items.filter(({ position }) => seen.has(position));
    const { features, history } = state.look(
      list,
      entries.map(({ item }) => item),
      list.at_ms,
    );
    state.expect(events);
    if (!users.has(list.user)) users.set(list.user, users.size);
    for (const { item, position } of entries) {
      columns.position.push(position);
      columns.clicked.push(Number(clicked.has(position)));
      columns.carted.push(Number(carted.has(position)));
      columns.purchased.push(Number(purchased.has(position)));
      columns.explored.push(Number(list.arm === 'explore'));
      keys.item.push(places.get(item)!);
      keys.list.push(rows.history.length);
      keys.user.push(users.get(list.user)!);
      keys.at_ms.push(list.at_ms);
    }
    rows.features.push(features);
    rows.history.push(historyOf(history, places));
  }
  const count = keys.item.length;
  return {
    featureNames: [...FEATURE_NAMES],
    rows: count,
    items: items.map(({ item }) => item),
    features: joined(rows.features),
    history: Int32Array.from(rows.history.flatMap(each => [...each])),
    position: Float32Array.from(columns.position),
    clicked: Uint8Array.from(columns.clicked),
    carted: Uint8Array.from(columns.carted),
    purchased: Uint8Array.from(columns.purchased),
    dismissed: new Uint8Array(count).fill(UNKNOWN),
    explored: Uint8Array.from(columns.explored),
    weight: new Float32Array(count).fill(1),
    propensity: new Float32Array(count).fill(Number.NaN),
    item: Int32Array.from(keys.item),
    list: Int32Array.from(keys.list),
    user: Int32Array.from(keys.user),
    at_ms: Float64Array.from(keys.at_ms),
  };
}

/** Places of the user's items, newest first, filled up with -1. */
export function historyOf(history: readonly string[], places: ReadonlyMap<string, number>): Int32Array {
  const filled = new Int32Array(HISTORY).fill(-1);
  filled.set(history.flatMap(item => places.get(item) ?? []));
  return filled;
}

export function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function num(): number[] {
  return [];
}
