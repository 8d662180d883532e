import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consent } from '../../schemas/topics/consent.ts';
import type { RankedList, RankRequest } from '../../schemas/topics/ranking.ts';
import { admit } from '../admit.ts';
import type { Bus, Outbox, Subscription } from '../kafka/bus.ts';
import { deferred } from '../kafka/consuming/slots.ts';

/** How long an answer waits for the ranker. */
const WAIT_MS = 3_000;
const SHOWN = 3;

/** Asks the ranker on its topic, as a shop does: what an answer recommends is a list like all others. */
export class Ranking {
  readonly #outbox: Outbox;
  readonly #waiting = new Map<string, (list: RankedList) => void>();
  #following: Subscription | undefined;

  private constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  static async open(bus: Bus, outbox: Outbox): Promise<Ranking> {
    const ranking = new Ranking(outbox);
    ranking.#following = await bus.follow({
      topics: ['rank.lists'],
      fromEnd: true,
      maxWait_ms: 20,
      apply: (_topic, _partition, record) => {
        if (ranking.#waiting.size === 0) return;
        const list = admit('rank.lists', record);
        if (list.ok) ranking.#waiting.get(list.value.id)?.(list.value);
      },
    });
    return ranking;
  }

  get failed(): Promise<Error> {
    return this.#following!.failed;
  }

  /** The best of some products for who asked a question, or undefined where the ranker does not answer in time. */
  async best(
    question: { id: string; user: string; session: string; consent?: Consent | undefined },
    candidates: readonly string[],
    now_ms: number,
  ): Promise<RankedList | undefined> {
    const { user, session, consent } = question;
    const id = `support-${createHash('sha256').update(question.id).digest('hex').slice(0, 32)}`;
    const { promise, resolve } = deferred<RankedList>();
    const late = new AbortController();
    this.#waiting.set(id, resolve);
    try {
      const request = {
        ...{ v: 1, id, at_ms: now_ms, user, session, surface: 'support', count: SHOWN },
        candidates: [...candidates],
        ...(consent && { consent }),
      } satisfies RankRequest;
      await this.#outbox.publish('rank.requests', { key: user, value: JSON.stringify(request) });
      return await Promise.race([promise, sleep(WAIT_MS, undefined, { signal: late.signal }).catch(() => undefined)]);
    } finally {
      late.abort();
      this.#waiting.delete(id);
    }
  }

  async stop(): Promise<void> {
    await this.#following?.stop();
  }
}
