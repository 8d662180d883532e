import { vectorAt } from '../../../../models/features/vector.ts';
import { inShopCurrency } from '../../../../models/prices.ts';
import { random } from '../../../../models/random.ts';
import { Currencies } from '../../../../schemas/policies/currencies.ts';
import type { Product, ShopEvent } from '../../../../schemas/topics/events.ts';
import { partitionOf } from '../../../../streams/kafka/sending/partitioner.ts';
import { countingForItems } from '../events.ts';
import type { DrawnShop } from './draws.ts';
import { type Applied, Jobs, PARTITIONS } from './jobs.ts';
import { type Asked, naiveVector } from './naive-vector.ts';

/** The second rate of dollars is of after products were priced; none says what a crown is worth. */
export const CURRENCIES = Currencies.parse({
  rates: [
    { currency: 'USD', from: '2023-11-01', rate: 5 },
    { currency: 'USD', from: '2023-01-01', rate: 0.9 },
    { currency: 'CHF', from: '2023-01-01', rate: 1.1 },
  ],
});
const WORTH: Readonly<Record<string, number>> = { EUR: 1, USD: 0.9, CHF: 1.1 };

/** A list: what it was made from, and the features of its items as they were served. */
export interface Served {
  asked: readonly Asked[];
  applied: Applied;
  vectors: readonly number[][];
}

/** What came of a drawn shop. */
export interface Lived {
  /** As they stand in their topic, by partition. */
  events: readonly (readonly ShopEvent[])[];
  lists: readonly Served[];
  /** How often jobs and scorers began anew. */
  restarts: number;
}

/** A shop's events go their way while jobs and scorer lag, end and begin anew, and lists of all its items are asked for. */
export async function lived({ items, catalogue, imported, arrivals, asks, seed }: DrawnShop): Promise<Lived> {
  const { below } = random(seed, 1);
  const jobs = new Jobs();
  if (imported.length > 0) await jobs.takeIn(imported);
  const lists: Served[] = [];
  let restarts = 0;
  const products = new Map(catalogue.flatMap(each => ('title' in each ? [[each.item, each] as const] : [])));
  const productOf = (item: string) => {
    const product = products.get(item);
    return product && inShopCurrency(product, CURRENCIES);
  };
  const list = ({ user, session, query, later_ms }: DrawnShop['asks'][number], sent: readonly ShopEvent[]) => {
    const at_ms = later_ms + Math.max(...sent.map(({ at_ms }) => at_ms));
    const asked = items.map(item => ({ user, session, query, at_ms, item }));
    const vectors = jobs.vectors(asked, productOf).map(vector => vectorAt(vector, 0));
    lists.push({ asked, applied: jobs.applied(user), vectors });
  };
  for (const [n, event] of arrivals.entries()) {
    jobs.send(event);
    const [source, other] = [below(PARTITIONS), below(PARTITIONS)];
    const log = below(2) === 0 ? 'users' : 'items';
    if (below(3) === 0) restarts += jobs.work(source, 1 + below(12), below(6) === 0 ? below(PARTITIONS) : undefined);
    if (below(3) === 0) jobs.follow(log, other, 1 + below(3));
    if (below(12) === 0) jobs.snapshot(log, other, below(2) * below(256));
    if (below(24) === 0) restarts += await jobs.restart();
    for (const ask of asks.slice(1)) if (ask.after % arrivals.length === n) list(ask, arrivals.slice(0, n + 1));
  }
  jobs.catchUp();
  list(asks[0]!, arrivals);
  return { events: jobs.events, lists, restarts };
}

/** Values by the definitions of what was asked, of the events that had been applied: [asked] */
export function definedOf(
  { events, imported }: Pick<Lived & DrawnShop, 'events' | 'imported'>,
  { asked, applied }: Pick<Served, 'asked' | 'applied'>,
  productOf: (item: string) => Product | undefined,
): Record<string, number>[] {
  const before = events.map((_, source) => imported.filter(({ user }) => partitionOf(user, PARTITIONS) === source));
  const counted = events.map((all, source) => once([...before[source]!, ...all]));
  const forItems = counted.map(all => new Set(countingForItems(all)));
  return asked.map(each => {
    const next = applied.items[partitionOf(each.item, PARTITIONS)]!;
    const isApplied = (to: number, source: number) => new Set([...before[source]!, ...events[source]!.slice(0, to)]);
    const own = isApplied(applied.user, applied.own);
    const ofUser = counted[applied.own]!.filter(event => event.user === each.user && own.has(event));
    const ofItem = next.flatMap((to, source) => {
      const known = isApplied(to, source);
      const counting = counted[source]!.filter(event => forItems[source]!.has(event) && known.has(event));
      return counting.filter(event => 'item' in event && event.item === each.item);
    });
    return naiveVector({ ofUser, ofItem }, productOf, each);
  });
}

/** Those that their users let be counted, of copies the first. */
function once(events: readonly ShopEvent[]): ShopEvent[] {
  const seen = new Set<string>();
  return events.filter(({ type, consent, user, id }) => {
    if (type !== 'unfollow' && consent?.personalisation === false) return false;
    const key = JSON.stringify([user, id]);
    return !seen.has(key) && seen.add(key);
  });
}

/** With its price as it is worth in the shop's currency, unknown where nothing says so. */
export function priced(product: Product | undefined): Product | undefined {
  if (product?.price === undefined) return product;
  const worth = WORTH[product.currency ?? 'EUR'];
  return { ...product, price: worth === undefined ? undefined : product.price * worth };
}
