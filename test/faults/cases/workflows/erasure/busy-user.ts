import { setTimeout as sleep } from 'node:timers/promises';
import type { CampaignInput } from '../../../../../schemas/topics/ads.ts';
import type { ProductInput, ShopEvent } from '../../../../../schemas/topics/events.ts';
import type { RankedList, RankRequest } from '../../../../../schemas/topics/ranking.ts';
import { admit } from '../../../../../streams/admit.ts';
import type { Room } from '../../../suite.ts';

/** A name of the user, and where what he does under it is written. */
export interface Guise {
  user: string;
  isRaw: boolean;
}

export interface BusyUser {
  sent(): number;
  /** From the next act on under another name. */
  become(guise: Guise): void;
  stop(): Promise<void>;
}

const TICK_MS = 200;
const ITEMS = 5;
const TEXTS = ['Do you deliver to post office boxes?', 'Where is my last order?', 'Can you engrave a name?'];

/**
 * A user who does all that users do: lists, clicks and purchases on them, ads and clicks on these, which are charged,
 * searches, questions and how good their answers were, people whom he follows, products that he shares, and records that are
 * refused. All ids that he makes, and what he searches for, have `mark` in them, and none his name: so a search for the mark
 * says what would lead to him who knows it.
 *
 * @param others whom he follows and shares with
 */
export async function busyUser(
  { stack, signal }: Room,
  first: Guise,
  mark: string,
  others: string[],
): Promise<BusyUser> {
  const outbox = await stack.bus.outbox();
  let [guise, sent, isOver] = [first, 0, false];
  /** Who was refused last: each name is once, however few things he does under it. */
  let refused: Guise | undefined;
  const items = Array.from({ length: ITEMS }, (_, n) => `advertised-${n}`);
  await advertise((topic, key, value) => outbox.publish(topic, { key, value: JSON.stringify(value) }), items);

  const publish = async (kind: 'events' | 'requests', about: Guise, value: object) => {
    const topic = about.isRaw ? (`raw.${kind}` as const) : kind === 'events' ? 'shop.events' : 'rank.requests';
    await outbox.publish(topic, { key: about.user, value: JSON.stringify(value) });
    sent++;
  };
  const ads: { list: RankedList; guise: Guise }[] = [];
  const following = await stack.bus.follow({
    topics: ['rank.lists', 'raw.lists'],
    fromEnd: true,
    apply: (topic, _partition, record) => {
      const list = admit(topic as 'rank.lists', record);
      if (!list.ok || list.value.surface !== 'ads' || list.value.user !== guise.user) return;
      if (guise.isRaw === (topic === 'raw.lists')) ads.push({ list: list.value, guise });
    },
  });

  /** What he does with the number `n`, one thing after the other. */
  const act = async (n: number) => {
    const own = guise;
    const about = { v: 1, at_ms: Date.now(), user: own.user, session: `${mark}-s` } as const;
    const id = (what: string) => `${mark}-${n}-${what}`;
    const item = items[n % ITEMS]!;
    const other = others[n % others.length]!;
    const list = `${mark}-${n - 1}-list`;
    const seldom: ShopEvent[] = [
      { ...about, id: id('buy'), type: 'purchase', item, value: 5, list },
      { ...about, id: id('follow'), type: 'follow', value: other },
      { ...about, id: id('share'), type: 'share', item, to: other },
      { ...about, id: id('search'), type: 'search', query: `lamp ${mark}` },
      { ...about, id: id('question'), type: 'question', text: TEXTS[n % TEXTS.length]! },
      { ...about, id: id('rated'), type: 'feedback', answer: `${mark}-${n - 1}-question`, value: 4 },
      { ...about, id: id('unfollow'), type: 'unfollow', value: other },
    ];
    const events = [{ ...about, id: id('click'), type: 'click', item, list } as const, seldom[n % seldom.length]!];
    for (const { list, guise } of ads.splice(0)) {
      for (const { item, position } of list.items) {
        const on = { ...about, user: guise.user, item, position, list: list.id };
        await publish('events', guise, { ...on, id: `${list.id}-on-${position}`, type: 'click' });
      }
    }
    for (const event of events) await publish('events', own, event);
    const asks: RankRequest = { ...about, id: id('list'), surface: 'home', count: ITEMS, candidates: items };
    await publish('requests', own, asks);
    await publish('requests', own, { ...asks, id: id('ads'), surface: 'ads' });
    await publish('requests', own, { ...asks, id: id('search'), surface: 'search', query: `lamp ${mark}` });
    if (n % 5 === 0 || refused !== own) await publish('events', own, { ...about, type: 'no such type', text: mark });
    refused = own;
  };
  const working = (async () => {
    for (let n = 1; !isOver; n++) {
      await act(n);
      await sleep(TICK_MS, undefined, { signal });
    }
  })();
  working.catch(() => {});
  let stopped: Promise<void> | undefined;
  return {
    sent: () => sent,
    become(next) {
      guise = next;
    },
    stop() {
      isOver = true;
      stopped ??= working
        .catch(() => {})
        .then(async () => {
          await following.stop();
          await outbox.stop();
        });
      return stopped;
    },
  };
}

/** Products, and a campaign with a cap, so that it is noted to whom it was shown; money is no matter. */
async function advertise(
  publish: (topic: 'shop.catalogue' | 'shop.campaigns', key: string, value: object) => Promise<unknown>,
  items: string[],
): Promise<void> {
  const at_ms = Date.now();
  for (const item of items) {
    const product: ProductInput = { v: 1, item, at_ms, title: `Lamp ${item}`, category: 'lamps', price: 5 };
    await publish('shop.catalogue', item, product);
  }
  const campaign: CampaignInput = {
    ...{ v: 1, campaign: 'lamps', at_ms, items, bid_micros: 500_000, daily_micros: 1_000_000_000_000, currency: 'EUR' },
    cap: { most: 40, hours: 24 },
  };
  await publish('shop.campaigns', campaign.campaign, campaign);
}
