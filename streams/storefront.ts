import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { TemperError } from '../schemas/errors.ts';
import type { ProductInput, ShopEvent } from '../schemas/topics/events.ts';
import type { RankedList, RankRequest } from '../schemas/topics/ranking.ts';
import { admit } from './admit.ts';
import type { Bus } from './kafka/bus.ts';
import { deferred } from './kafka/consuming/slots.ts';

/** What a shop's back end does with Temper: publish, ask, read the answer. */
export interface Storefront {
  /**
   * Queued with its neighbours; resolved when acknowledged. In hot loops collect the promises and await them together.
   *
   * @param traceparent of the visit, by which its events and lists are one trace
   */
  publishEvent(event: ShopEvent, traceparent?: string): Promise<void>;
  publishProduct(product: ProductInput): Promise<void>;
  withdrawProduct(item: string): Promise<void>;
  /** Bytes as they are, for tests of what is refused. */
  publishRaw(
    topic: 'shop.events' | 'shop.catalogue' | 'rank.requests',
    key: string,
    value: Buffer | null,
  ): Promise<void>;
  /** Resolves with the list that answers; rejects with TIMED_OUT. */
  ask(request: z.input<typeof RankRequest>, timeout_ms?: number, traceparent?: string): Promise<RankedList>;
  stop(): Promise<void>;
}

export async function openStorefront(bus: Bus): Promise<Storefront> {
  const waiting = new Map<string, (list: RankedList) => void>();
  const outbox = await bus.outbox({ allowed: ['shop.events', 'shop.catalogue', 'rank.requests'] });
  const answers = await bus.follow({
    topics: ['rank.lists'],
    fromEnd: true,
    maxWait_ms: 20,
    apply: (_topic, _partition, record) => {
      if (waiting.size === 0) return;
      const list = admit('rank.lists', record);
      if (list.ok) waiting.get(list.value.id)?.(list.value);
    },
  });
  return {
    publishEvent: (event, traceparent) =>
      outbox.publish('shop.events', { key: event.user, value: JSON.stringify(event), traceparent }),
    publishProduct: product => outbox.publish('shop.catalogue', { key: product.item, value: JSON.stringify(product) }),
    withdrawProduct: item => outbox.publish('shop.catalogue', { key: item, value: null }),
    publishRaw: (topic, key, value) => outbox.publish(topic, { key, value }),
    async ask(request, timeout_ms = 10_000, traceparent) {
      const { promise: answer, resolve } = deferred<RankedList>();
      waiting.set(request.id, resolve);
      const giveUp = new AbortController();
      try {
        await outbox.publish('rank.requests', { key: request.user, value: JSON.stringify(request), traceparent });
        const late = sleep(timeout_ms, undefined, { signal: giveUp.signal }).then(
          () => undefined,
          () => undefined,
        );
        const list = await Promise.race([answer, late]);
        if (!list) throw unanswered(request.id, timeout_ms);
        return list;
      } finally {
        giveUp.abort();
        waiting.delete(request.id);
      }
    },
    async stop() {
      await answers.stop();
      await outbox.stop();
    },
  };
}

function unanswered(request: string, timeout_ms: number): TemperError {
  return new TemperError('TIMED_OUT', {
    expected: `a list for request ${request} on rank.lists within ${timeout_ms} ms`,
    next: 'Is a scorer running? `temper status` shows it, and its lag',
  });
}
