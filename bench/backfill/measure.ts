import { setTimeout as sleep } from 'node:timers/promises';
import { progress } from '../../cli/output.ts';
import { supervise } from '../../cli/stack/supervisor.ts';
import { ensureKey, keysIn } from '../../models/registry/keys.ts';
import { openStore } from '../../schemas/clickhouse.ts';
import { openStorefront, type Storefront } from '../../streams/storefront.ts';
import { backfillResult, startBackfill } from '../../workflows/clients/backfill.ts';
import { openClient, type TemporalClient } from '../../workflows/clients/client.ts';
import type { Embedded } from '../embedded.ts';
import { fillEvents } from '../features/fill.ts';
import { Asking } from './asking.ts';
import { type Beside, type Latency, latencies, type Mark, stretchesOf } from './latency.ts';

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
const AT_ONCE = 500;
/** The activity with which a step of a backfill begins. */
const STEPS: Record<string, Beside> = {
  positionBackfill: 'position',
  rebuildStates: 'rebuild',
  compareStates: 'compare',
  publishStates: 'switch',
};
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
    const marks: Mark[] = [];
    const withoutOne = async () => {
      progress('no backfill');
      marks.push({ at_ms: Date.now(), beside: 'no backfill' });
      await pause(load.seconds * 1_000);
    };
    for (let n = 0; n < load.backfills; n++) {
      await withoutOne();
      marks.push(...(await oneBackfill(client)));
      await pause(TAKEN_OVER_MS);
    }
    await withoutOne();
    marks.push({ at_ms: Date.now(), beside: undefined });
    return latencies(stretchesOf(await asking.stop(), marks));
  } finally {
    await asking.stop();
    await client.close();
    await jobs.stop();
    await storefront.stop();
  }
}

/**
 * One backfill, to its end.
 *
 * @returns when its steps began, by its history: who asks Temporal for them again and again takes time from the lists
 */
async function oneBackfill(client: TemporalClient): Promise<Mark[]> {
  progress('a backfill');
  const { workflowId } = await startBackfill(client, {
    features: ['user.clicks.1d', 'item.clicks.1d'],
    anyway: false,
  });
  const { switched, comparison } = await backfillResult(client);
  if (!switched) throw new Error(`the backfill was not switched: ${JSON.stringify(comparison)}`);
  const { events } = await client.temporal.workflow.getHandle(workflowId).fetchHistory();
  const begun = new Map<Beside, number>();
  for (const { eventTime, activityTaskScheduledEventAttributes: scheduled } of events ?? []) {
    const beside = STEPS[scheduled?.activityType?.name ?? ''];
    if (beside && !begun.has(beside)) begun.set(beside, 1_000 * Number(eventTime!.seconds) + eventTime!.nanos! / 1e6);
  }
  return Array.from(begun, ([beside, at_ms]) => ({ at_ms, beside }));
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
