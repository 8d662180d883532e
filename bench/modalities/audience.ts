import { descending } from '../../models/evaluate/metrics.ts';
import { random } from '../../models/random.ts';
import type { RankerBatch } from '../../models/ranker/model.ts';
import type { Item } from '../../test/sim/items.ts';
import { appeal, type User } from '../../test/sim/world.ts';
import type { ItemContents } from './contents.ts';
import { historyOf, joined } from './examples.ts';
import type { ShopState } from './shop-state.ts';

/** Some users before the whole catalogue at one moment, and what nobody but the simulation knows: what they like. */
export interface Audience {
  users: number;
  /** A list for each user that has every item: rows of a user stand in the items' order. */
  batch: RankerBatch;
  /** [users * items]: P(click | the user looks at the item). */
  appeal: Float64Array;
}

export function audienceOf(
  users: readonly User[],
  items: readonly Item[],
  state: ShopState,
  { now_ms, contents }: { now_ms: number; contents: ItemContents },
): Audience {
  const names = items.map(({ item }) => item);
  const places = new Map(names.map((item, place) => [item, place]));
  const looks = users.map(({ user }) => state.look({ user, session: `${user}-next` }, names, now_ms));
  const rows = users.length * items.length;
  return {
    users: users.length,
    appeal: Float64Array.from({ length: rows }, (_, row) =>
      appeal(users[Math.floor(row / items.length)]!, items[row % items.length]!),
    ),
    batch: {
      rows,
      features: joined(looks.map(({ features }) => features)),
      items: names,
      item: Int32Array.from({ length: rows }, (_, row) => row % items.length),
      list: Int32Array.from({ length: rows }, (_, row) => Math.floor(row / items.length)),
      history: Int32Array.from(looks.flatMap(({ history }) => [...historyOf(history, places)])),
      contents,
    },
  };
}

/**
 * The click rate of each user's first k items by these scores, if all k are looked at: the expectation over the orders
 * of tied items.
 *
 * @param among places of the items that may be ranked
 */
export function earned(audience: Audience, scores: Float32Array, among: readonly number[], k: number): Float64Array {
  const items = audience.batch.items.length;
  return Float64Array.from({ length: audience.users }, (_, user) => {
    const [own, likes] = [scores, audience.appeal].map(all => all.subarray(user * items, (user + 1) * items));
    return firstOf(
      Float32Array.from(among, item => own![item]!),
      Float64Array.from(among, item => likes![item]!),
      k,
    );
  });
}

/** Each user's first k items by these scores, best first; tied items in an order that is drawn for each user. */
export function firstItems({ users, batch }: Audience, scores: Float32Array, k: number): Int32Array[] {
  const items = batch.items.length;
  return Array.from({ length: users }, (_, user) => {
    const drawn = random(user).shuffle(Int32Array.from({ length: items }, (_, item) => item));
    const order = descending(Float32Array.from(drawn, item => scores[user * items + item]!));
    return Int32Array.from(order.subarray(0, k), place => drawn[place]!);
  });
}

/** The mean appeal of the first k; of items that are tied at the end of them, each counts by its chance to be there. */
function firstOf(scores: Float32Array, appeals: Float64Array, k: number): number {
  const order = descending(scores);
  let [sum, left] = [0, k];
  for (let start = 0; start < order.length && left > 0; ) {
    let end = start;
    let tied = 0;
    while (end < order.length && scores[order[end]!] === scores[order[start]!]) tied += appeals[order[end++]!]!;
    const taken = Math.min(left, end - start);
    sum += (tied * taken) / (end - start);
    left -= taken;
    start = end;
  }
  return sum / (k - left);
}
