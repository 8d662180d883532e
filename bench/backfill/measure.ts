import { setTimeout as sleep } from 'node:timers/promises';
import { progress } from '../../cli/output.ts';
import { supervise } from '../../cli/stack/supervisor.ts';
import { random } from '../../models/random.ts';
import { ensureKey, keysIn } from '../../models/registry/keys.ts';
import { openStore } from '../../schemas/clickhouse.ts';
import type { RankRequest } from '../../schemas/topics/ranking.ts';
import { openStorefront, type Storefront } from '../../streams/storefront.ts';
import {
  type BackfillStatus,
  backfillResult,
  backfillStatus,
  startBackfill,
} from '../../workflows/clients/backfill.ts';
import { openClient, type TemporalClient } from '../../workflows/clients/client.ts';
import type { Embedded } from '../embedded.ts';
import { fillEvents } from '../features/fill.ts';

export interface Load {
  /** Archived before, and rebuilt from. */
  events: number;
  /** Asked for each second, whether the last one has come or not. */
  lists: number;
  /** Of each stretch without a backfill; there is one before each backfill, and one behind the last. */
  seconds: number;
  backfills: number;
}

/** How long lists took, from when they were due to be asked for, while this was going on. */
export interface Latency {
  while: 'no backfill' | BackfillStatus['step'];
  lists: number;
  p50_ms: number;
  p99_ms: number;
  worst_ms: number;
}

const USERS = 20_000;
const ITEMS = 5_000;
const POLL_MS = 250;
const AT_ONCE = 500;
/** Lists are asked for so long before they count: code gets warm. */
const WARM_MS = 10_000;

/** Lists under a steady load, with and without a backfill beside them, all on one machine. */
export async function measureBackfill({ bus, config }: Embedded, load: Load, signal: AbortSignal): Promise<Latency[]> {
  const pause = (ms: number) => sleep(ms, undefined, { signal });
  await ensureKey(keysIn(config), Date.now()); // the worker signs the first champion
  await fillEvents(bus, { events: load.events, users: USERS, items: ITEMS });
  const jobs = await supervise(['features', 'scorer', 'sinks', 'worker'], config);
  const client = await openClient({
    address: config.temporal!,
    namespace: config.temporalNamespace,
    access: config.temporalAccess,
  });
  const storefront = await openStorefront(bus);
  const asking = new Asking(storefront, load.lists);
  try {
    await publishProducts(storefront);
    progress('jobs run; the sinks archive');
    await archived(config.clickhouse!, config.clickhouseDatabase, load.events, pause);
    asking.start();
    await pause(WARM_MS);
    for (let n = 0; n < load.backfills; n++) {
      progress('no backfill');
      asking.now = 'no backfill';
      await pause(load.seconds * 1_000);
      await follow(client, asking, pause);
    }
    asking.now = 'no backfill';
    await pause(load.seconds * 1_000);
    return await asking.stop();
  } finally {
    await asking.stop();
    await client.close();
    await jobs.stop();
    await storefront.stop();
  }
}

/** One backfill, to its end. */
async function follow(client: TemporalClient, asking: Asking, pause: (ms: number) => Promise<void>): Promise<void> {
  await startBackfill(client, { features: ['user.clicks.1d', 'item.clicks.1d'], anyway: false });
  let done = false;
  const result = backfillResult(client).finally(() => {
    done = true;
  });
  result.catch(() => {}); // it is awaited below, or of no interest any more
  while (!done) {
    const status = await backfillStatus(client);
    if (status && status.step !== 'done' && status.step !== asking.now) {
      progress(`backfill: ${status.step}`);
      asking.now = status.step;
    }
    await Promise.race([pause(POLL_MS), result]);
  }
  const { switched, comparison } = await result;
  if (!switched) throw new Error(`the backfill was not switched: ${JSON.stringify(comparison)}`);
}

/** Asks for lists at their times, and keeps how long each took. */
class Asking {
  /** What is going on; undefined while nothing counts. */
  now: Latency['while'] | undefined;
  readonly #storefront: Storefront;
  readonly #every_ms: number;
  readonly #took = new Map<Latency['while'], number[]>();
  readonly #asked: Promise<void>[] = [];
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(storefront: Storefront, perSecond: number) {
    this.#storefront = storefront;
    this.#every_ms = 1_000 / perSecond;
  }

  start(): void {
    this.#running = (async () => {
      const began = performance.now();
      const { below } = random(3);
      for (let n = 0; !this.#stopped; n++) {
        const due = began + n * this.#every_ms;
        const early_ms = due - performance.now();
        if (early_ms > 0) await sleep(early_ms);
        this.#asked.push(this.#ask(`r${n}`, `u${below(USERS)}`, due));
      }
    })();
  }

  async stop(): Promise<Latency[]> {
    this.#stopped = true;
    await this.#running;
    await Promise.all(this.#asked);
    return Array.from(this.#took, ([what, took]) => latencyOf(what, took));
  }

  async #ask(id: string, user: string, due: number): Promise<void> {
    const asked: RankRequest = { v: 1, id, at_ms: Date.now(), user, session: 's', surface: 'home', count: 20 };
    const during = this.now;
    await this.#storefront.ask(asked, 60_000);
    if (during === undefined) return;
    const took = this.#took.get(during) ?? [];
    this.#took.set(during, took);
    took.push(performance.now() - due);
  }
}

function latencyOf(what: Latency['while'], took: readonly number[]): Latency {
  const sorted = took.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(10 * sorted[Math.floor(share * (sorted.length - 1))]!) / 10;
  return { while: what, lists: sorted.length, p50_ms: at(0.5), p99_ms: at(0.99), worst_ms: at(1) };
}

async function archived(
  url: string,
  database: string,
  events: number,
  pause: (ms: number) => Promise<void>,
): Promise<void> {
  const store = await openStore(url, database);
  try {
    for (;;) {
      const [row] = await store.query<{ n: string }>('SELECT count() AS n FROM events');
      if (Number(row!.n) >= events) return;
      await pause(1_000);
    }
  } finally {
    await store.stop();
  }
}

async function publishProducts(storefront: Storefront): Promise<void> {
  for (let n = 0; n < ITEMS; ) {
    const sends: Promise<void>[] = [];
    for (const end = Math.min(ITEMS, n + AT_ONCE); n < end; n++) {
      const named = { item: `i${n}`, title: `thing ${n}`, category: `c${n % 50}`, brand: `b${n % 200}` };
      sends.push(storefront.publishProduct({ v: 1, at_ms: Date.now(), price: 5 + (n % 90), ...named }));
    }
    await Promise.all(sends);
  }
}
