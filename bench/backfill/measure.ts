import { setTimeout as sleep } from 'node:timers/promises';
import { progress } from '../../cli/output.ts';
import { supervise } from '../../cli/stack/supervisor.ts';
import { ensureKey, keysIn } from '../../models/registry/keys.ts';
import { openStore } from '../../schemas/clickhouse.ts';
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
import { Asking } from './asking.ts';
import { type Latency, latencies } from './latency.ts';

export interface Load {
  /** Archived before, and rebuilt from. */
  events: number;
  /** Asked for each second, whether the last one has come or not. */
  lists: number;
  /** Of each stretch without a backfill; there is one before each backfill, and one behind the last. */
  seconds: number;
  backfills: number;
}

const USERS = 20_000;
const ITEMS = 5_000;
const POLL_MS = 250;
const AT_ONCE = 500;
/** Lists are asked for so long before they count: code gets warm. */
const WARM_MS = 10_000;
/** When a backfill has ended a scorer may still be at work to take its states over: lists of so long count as its switch. */
const TAKEN_OVER_MS = 10_000;

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
  const asking = new Asking(storefront, { perSecond: load.lists, users: USERS });
  try {
    await publishProducts(storefront);
    progress('jobs run; the sinks archive');
    await archived(config.clickhouse!, config.clickhouseDatabase, load.events, pause);
    asking.start();
    await pause(WARM_MS);
    for (let n = 0; n < load.backfills; n++) {
      progress('no backfill');
      asking.enter('no backfill');
      await pause(load.seconds * 1_000);
      await follow(client, asking, pause);
    }
    asking.enter('no backfill');
    await pause(load.seconds * 1_000);
    return latencies(await asking.stop());
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
  let step: BackfillStatus['step'] | undefined;
  const result = backfillResult(client).finally(() => {
    done = true;
  });
  result.catch(() => {}); // it is awaited below, or of no interest any more
  while (!done) {
    const status = await backfillStatus(client);
    if (status && status.step !== 'done') {
      if (status.step !== step) progress(`backfill: ${status.step}`);
      step = status.step;
      asking.enter(step);
    }
    await Promise.race([pause(POLL_MS), result]);
  }
  const { switched, comparison } = await result;
  if (!switched) throw new Error(`the backfill was not switched: ${JSON.stringify(comparison)}`);
  await pause(TAKEN_OVER_MS);
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
