import { setTimeout as sleep } from 'node:timers/promises';
import { REDUCERS, valueAt } from '../../../models/features/aggregates/reducer.ts';
import { sqlOfKeys } from '../../../models/features/sql/rebuild.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import type { RankedList, RankRequest } from '../../../schemas/topics/ranking.ts';
import { openStorefront } from '../../../streams/storefront.ts';
import { readFeatures } from '../../streams/features/read.ts';
import { underway, until } from '../moves.ts';
import type { Fault, Findings, Room } from '../suite.ts';

const FLOOD = { clicks_per_s: 1_000, seconds: 20, tick_ms: 50 };
/** Accounts that push one item, one in a hundred of the shop's users, each as fast as it may. */
const BOTS = { users: 400, share: 0.01, clicks_per_s: 2, seconds: 20 };
/** A user's clicks count at this pace, at most, and those with which he begins. */
const MOST = LIMITS.recent_events_per_user;

export const CLICK_FLOOD: Fault = {
  number: 25,
  name: 'click flood and fraud',
  inject: `1,000 clicks a second of one user on one item for ${FLOOD.seconds} s; then 1 % of the users, bots, push another one`,
  expect: 'caps hold',
  jobs: ['features', 'sinks', 'scorer'],
  environment: { TEMPER_EXPLORATION: '0', TEMPER_CONTROL: '1' },
  traffic: { users: BOTS.users, skew_ms: below => -below(2_000) },
  async run(room) {
    const { traffic } = room;
    const { prefix } = traffic;
    const broken: string[] = [];
    await underway(room, 3_000);
    const [flooded, pushed] = [`${prefix}-i0`, `${prefix}-i1`];
    const before = await rankOf(room, [flooded, pushed]);
    const clicks = await told(room);

    await flood(room, [`${prefix}-flood`], { item: flooded, ...FLOOD });
    await counted(room);
    const afterFlood = await told(room);
    // Others click on it too, as on all items: by what it has beyond the mean of the others it is known what the flood added.
    const added = beyond(afterFlood, clicks, flooded, [flooded, pushed]);
    const ranked = await rankOf(room, [flooded, pushed]);

    const bots = Array.from({ length: BOTS.users * BOTS.share }, (_, n) => `${prefix}-bot${n}`);
    await flood(room, bots, { item: pushed, ...BOTS, clicks_per_s: BOTS.clicks_per_s * bots.length, tick_ms: 250 });
    await counted(room);
    const botted = beyond(await told(room), afterFlood, pushed, [flooded, pushed]);
    const after = await rankOf(room, [flooded, pushed]);

    const sent = FLOOD.clicks_per_s * FLOOD.seconds;
    if (added > 2 * MOST) broken.push(`${added} of ${sent} clicks of the flood count for the item`);
    const measured = {
      flood_clicks: sent,
      flood_counted: added,
      flooded_rank_before: before[flooded]!,
      flooded_rank_after: ranked[flooded]!,
      bots: bots.length,
      bot_clicks: BOTS.clicks_per_s * bots.length * BOTS.seconds,
      bot_clicks_counted: botted,
      pushed_rank_before: before[pushed]!,
      pushed_rank_after: after[pushed]!,
      items: traffic.options.items,
    };
    return { broken, measured, afterwards: () => bySql(room, [flooded, pushed]) };
  },
};

/** That the SQL over the archive makes of the same events what the job has of these items. */
async function bySql({ stack }: Room, items: readonly string[]): Promise<Findings> {
  const { store, bus, config } = stack;
  const { items: states } = await readFeatures(bus);
  const broken: string[] = [];
  let compared = 0;
  for (let partition = 0; partition < config.partitions; partition++) {
    const rows = await store.query<Record<string, unknown>>(sqlOfKeys('item'), {
      ...{ partition, partitions: config.partitions, keys: 10_000 },
      until: Array.from({ length: config.partitions }, () => Number.MAX_SAFE_INTEGER),
      imports: [],
    });
    for (const { key, as_of, ties, ...values } of rows) {
      if (!items.includes(String(key))) continue;
      const tied = ties as string[];
      const { state } = states.get(String(key))!;
      const names = REDUCERS.item.declared
        .map(({ name }) => name)
        .filter(name => name in values && !tied.includes(name));
      for (const name of names) {
        const [job, sql] = [valueAt(REDUCERS.item, state, name, Number(as_of)), Number(values[name])];
        compared++;
        if (!(Math.abs(job - sql) <= 1e-4 * (1 + Math.abs(job))))
          broken.push(`${name} of ${key}: ${job}, by SQL ${sql}`);
      }
    }
  }
  if (compared === 0) broken.push('the SQL has nothing of these items');
  return { broken, measured: { values_by_sql: compared } };
}

/** Clicks by these users in turn, at this pace in all, acknowledged or not by the time this resolves: they are. */
async function flood(
  { stack, signal }: Room,
  users: readonly string[],
  { item, clicks_per_s, seconds, tick_ms }: { item: string; clicks_per_s: number; seconds: number; tick_ms: number },
): Promise<void> {
  const outbox = await stack.bus.outbox();
  const numbers = new Map<string, number>();
  const sending: Promise<void>[] = [];
  const began_ms = Date.now();
  for (let sent = 0; sent < clicks_per_s * seconds; await sleep(tick_ms, undefined, { signal })) {
    for (
      const due = ((Date.now() - began_ms) / 1_000) * clicks_per_s;
      sent < due && sent < clicks_per_s * seconds;
      sent++
    ) {
      const user = users[sent % users.length]!;
      const number = numbers.get(user) ?? 0;
      numbers.set(user, number + 1);
      const event: ShopEvent = {
        ...{ v: 1, id: `${user}-${number}`, type: 'click', at_ms: Date.now(), user, session: 's', item },
        ...{ list: 'l', position: 0 },
      };
      sending.push(outbox.publish('shop.events', { key: user, value: JSON.stringify(event) }));
    }
  }
  await Promise.all(sending);
  await outbox.stop();
}

/** Waits until what is in the log by now has been counted; the shop goes on meanwhile. */
async function counted({ stack, signal }: Room): Promise<void> {
  for (const [group, topic] of [
    ['temper.features.users', 'shop.events'],
    ['temper.features.items', 'features.item.log'],
  ] as const) {
    const ends = [...(await stack.bus.bounds(topic))];
    const isRead = async () => {
      const at = await stack.bus.committed(group, topic);
      return ends.every(([partition, { low, high }]) => (at.get(partition) ?? low) >= high);
    };
    if (!(await until(isRead, { within_ms: 120_000, signal }))) throw new Error(`${group} does not get on`);
  }
}

/** Clicks of a day of each item, as the features have them. */
async function told({ stack, traffic }: Room): Promise<Map<string, number>> {
  const { items } = await readFeatures(stack.bus);
  const names = Array.from({ length: traffic.options.items }, (_, n) => `${traffic.prefix}-i${n}`);
  const clicks = (item: string) => valueAt(REDUCERS.item, items.get(item)?.state, 'item.clicks.1d', Date.now());
  return new Map(names.map(name => [name, clicks(name)]));
}

/** By how much an item grew beyond the mean of those that nobody pushes. */
function beyond(now: Map<string, number>, then: Map<string, number>, item: string, pushed: readonly string[]): number {
  const grew = (name: string) => now.get(name)! - then.get(name)!;
  const others = [...now.keys()].filter(name => !pushed.includes(name));
  return Math.round(grew(item) - others.reduce((sum, name) => sum + grew(name), 0) / others.length);
}

/** Places of items on the popularity list of somebody of whom nothing is known: 1 is the first. */
async function rankOf(
  { stack, traffic, signal, random }: Room,
  items: readonly string[],
): Promise<Record<string, number>> {
  const storefront = await openStorefront(stack.bus);
  const candidates = Array.from({ length: traffic.options.items }, (_, n) => `${traffic.prefix}-i${n}`);
  let list: RankedList | undefined;
  const asked = async () => {
    const user = `stranger-${random.below(1e9)}`;
    const request: RankRequest = {
      ...{ v: 1, id: `${user}-r`, at_ms: Date.now(), user, session: 's', surface: 'home' },
      ...{ count: candidates.length, candidates },
    };
    list = await storefront.ask(request, 20_000).catch(() => undefined);
    return list !== undefined;
  };
  await until(asked, { within_ms: 60_000, signal });
  await storefront.stop();
  const order = list!.items.toSorted((a, b) => a.position - b.position).map(({ item }) => item);
  return Object.fromEntries(items.map(item => [item, order.indexOf(item) + 1]));
}
