import { setTimeout as sleep } from 'node:timers/promises';
import { random } from '../../models/random.ts';
import type { ShopEvent } from '../../schemas/topics/events.ts';
import type { RankedList, RankRequest } from '../../schemas/topics/ranking.ts';
import { admit } from '../../streams/admit.ts';
import type { Bus } from '../../streams/kafka/bus.ts';
import type { Ledger } from './ledger.ts';

export interface TrafficOptions {
  users: number;
  items: number;
  events_per_s: number;
  requests_per_s: number;
  /** How often each event is sent, beside what retries send. */
  copies(below: (n: number) => number): number;
  /** How far an event's date is from now. */
  skew_ms(below: (n: number) => number): number;
}

export const USUAL: TrafficOptions = {
  users: 50,
  items: 30,
  events_per_s: 200,
  requests_per_s: 4,
  copies: () => 1,
  skew_ms: below => -below(600_000),
};

/** A shop in use: events with a number of their own for each user, requests, and clicks on the lists that come. */
export interface Traffic {
  prefix: string;
  options: TrafficOptions;
  acknowledged(): number;
  /** From the acknowledged request to its list, for requests since a moment. */
  waits_ms(since_ms?: number): number[];
  asked(): number;
  answered(): number;
  /** Resolves when all that was begun is acknowledged. */
  stop(): Promise<void>;
}

const TICK_MS = 100;
const AGAIN_MS = 200;
const TYPES = ['impression', 'view', 'click', 'cart', 'purchase'] as const;

export async function startTraffic(
  bus: Bus,
  ledger: Ledger,
  { prefix, seed, options }: { prefix: string; seed: number; options: TrafficOptions },
): Promise<Traffic> {
  const outbox = await bus.outbox();
  const { below, uniform } = random(seed, 1);
  const seen: RankedList[] = [];
  const asked = new Map<string, { at_ms: number; wait_ms?: number }>();
  const answers = await bus.follow({
    topics: ['rank.lists'],
    fromEnd: true,
    maxWait_ms: 20,
    apply: (_topic, _partition, record) => {
      const list = admit('rank.lists', record);
      const request = list.ok ? asked.get(list.value.id) : undefined;
      if (!list.ok || !request || request.wait_ms !== undefined) return;
      request.wait_ms = Date.now() - request.at_ms;
      seen.push(list.value);
    },
  });

  let stopping = false;
  let acknowledged = 0;
  /** Sends until it is acknowledged, in order: what failed goes again before anything else does. */
  const surely = async (topic: string, messages: { id: string; key: string; value: string }[]): Promise<void> => {
    ledger.sending(messages.map(({ id }) => id));
    for (let left = messages; left.length > 0; ) {
      const sent = await Promise.allSettled(left.map(({ key, value }) => outbox.publish(topic, { key, value })));
      const done = left.filter((_, n) => sent[n]!.status === 'fulfilled');
      if (done.length > 0) ledger.acknowledged(done.map(({ id }) => id));
      left = left.filter((_, n) => sent[n]!.status === 'rejected');
      if (left.length > 0) await sleep(AGAIN_MS);
    }
  };

  const numbers = new Map<string, number>();
  const nextEvent = (): ShopEvent => {
    const list = seen.length > 0 && uniform() < 0.3 ? seen[below(seen.length)] : undefined;
    const user = list?.user ?? `${prefix}-u${below(options.users)}`;
    const place = list?.items[below(list.items.length)];
    const number = numbers.get(user) ?? 0;
    numbers.set(user, number + 1);
    return {
      v: 1,
      id: `${user}-${number}`,
      type: TYPES[below(TYPES.length)]! as 'impression',
      at_ms: Date.now() + options.skew_ms(below),
      user,
      session: 's',
      item: place?.item ?? `${prefix}-i${below(options.items)}`,
      list: list?.id ?? 'l',
      position: place?.position ?? 0,
    };
  };
  const shop = async () => {
    for (let due = 0; !stopping; await sleep(TICK_MS)) {
      due += (options.events_per_s * TICK_MS) / 1_000;
      const messages = [];
      for (; due >= 1; due--) {
        const event = nextEvent();
        const copies = options.copies(below);
        for (let copy = 0; copy < copies; copy++) {
          messages.push({ id: event.id, key: event.user, value: JSON.stringify(event) });
        }
      }
      if (messages.length > 0) await surely('shop.events', messages);
      acknowledged += messages.length;
    }
  };
  const draws = random(seed, 2);
  const ask = async (n: number): Promise<void> => {
    const items = Array.from({ length: 10 }, () => `${prefix}-i${draws.below(options.items)}`);
    const request: RankRequest = {
      v: 1,
      id: `${prefix}-r${n}`,
      at_ms: Date.now(),
      user: `${prefix}-u${draws.below(options.users)}`,
      session: 's',
      surface: 'home',
      count: 10,
      candidates: [...new Set(items)],
    };
    asked.set(request.id, { at_ms: Date.now() });
    await surely('rank.requests', [{ id: request.id, key: request.user, value: JSON.stringify(request) }]);
  };
  const storefront = async () => {
    const asking: Promise<void>[] = [];
    for (let n = 0; !stopping && options.requests_per_s > 0; n++) {
      asking.push(ask(n));
      await sleep(1_000 / options.requests_per_s);
    }
    await Promise.all(asking);
  };
  const running = Promise.all([shop(), storefront()]);
  running.catch(() => {});

  let stopped: Promise<void> | undefined;
  return {
    prefix,
    options,
    acknowledged: () => acknowledged,
    waits_ms: (since_ms = 0) =>
      [...asked.values()].flatMap(({ at_ms, wait_ms }) =>
        at_ms >= since_ms && wait_ms !== undefined ? [wait_ms] : [],
      ),
    asked: () => asked.size,
    answered: () => seen.length,
    stop() {
      stopping = true;
      stopped ??= running.then(async () => {
        await answers.stop();
        await outbox.stop();
      });
      return stopped;
    },
  };
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
