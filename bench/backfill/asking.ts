import { setTimeout as sleep } from 'node:timers/promises';
import { random } from '../../models/random.ts';
import type { RankRequest } from '../../schemas/topics/ranking.ts';
import type { Storefront } from '../../streams/storefront.ts';
import type { Asked } from './latency.ts';

/** Asks for lists at their times, whether the last one has come or not, and keeps how long each took. */
export class Asking {
  readonly #storefront: Storefront;
  readonly #every_ms: number;
  readonly #users: number;
  readonly #lists: Asked[] = [];
  readonly #asked: Promise<void>[] = [];
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(storefront: Storefront, { perSecond, users }: { perSecond: number; users: number }) {
    this.#storefront = storefront;
    this.#every_ms = 1_000 / perSecond;
    this.#users = users;
  }

  start(): void {
    this.#running = (async () => {
      const began = performance.now();
      const { below } = random(3);
      for (let n = 0; !this.#stopped; n++) {
        const due = began + n * this.#every_ms;
        const early_ms = due - performance.now();
        if (early_ms > 0) await sleep(early_ms);
        this.#asked.push(this.#ask(`r${n}`, `u${below(this.#users)}`, due));
      }
    })();
  }

  /** @returns all lists, in the order in which they came */
  async stop(): Promise<readonly Asked[]> {
    this.#stopped = true;
    await this.#running;
    await Promise.all(this.#asked);
    return this.#lists;
  }

  async #ask(id: string, user: string, due: number): Promise<void> {
    const at_ms = Date.now();
    const asked: RankRequest = { v: 1, id, at_ms, user, session: 's', surface: 'home', count: 20 };
    await this.#storefront.ask(asked, 60_000);
    this.#lists.push({ at_ms, took_ms: performance.now() - due });
  }
}
