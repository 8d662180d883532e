import { setTimeout as sleep } from 'node:timers/promises';
import { ensureKey, keysIn } from '../../../../models/registry/keys.ts';
import { modelsIn } from '../../../../models/registry/store/place.ts';
import { lastOf } from '../../../../models/registry/succession.ts';
import { saidIn } from '../../../../streams/champions.ts';
import {
  openClient,
  type RetrainInput,
  retrainIdOf,
  startRetrain,
  type TemporalClient,
} from '../../../../workflows/clients/client.ts';
import { examples, type ShopSpec, tableRows, vectorRows } from '../../../activities/examples.ts';
import type { JobProcess } from '../../../job-process.ts';
import type { Stack } from '../../stack.ts';
import type { Fault, Room } from '../../suite.ts';

/** What cases of workflows have in common: Temporal, no traffic, and workers that each case starts itself. */
export const OF_WORKFLOWS = {
  temporal: true,
  jobs: [],
  traffic: { events_per_s: 0, requests_per_s: 0 },
} satisfies Partial<Fault>;

const SHOP: ShopSpec = { seed: 5, lists: 3_000, clicks: 'taste' };

/** A workflow that goes on, as Temporal tells of it. */
export interface Watched {
  /** Its activities that a worker has begun and not ended. */
  underway(): Promise<string[]>;
  /** Which attempt of one is under way, 1 where it waits for somebody; infinite where it is not pending. */
  attempt(activity: string): Promise<number>;
  /** Whether an activity of it has come to its end. */
  isPast(activity: string): Promise<boolean>;
  /** How far it is, in what changes as it gets on; undefined once it is over, however it ended. */
  progress(): Promise<string | undefined>;
}

/** The watched one is `home`'s retraining. */
export interface WorkflowRoom extends Watched {
  client: TemporalClient;
  /** A process of `temper run worker`. */
  startWorker(): Promise<JobProcess>;
  /** Starts the retraining of `home`. @returns the id of its run */
  retrain(seed: number, more?: Pick<RetrainInput, 'approval' | 'trial'>): Promise<string>;
  close(): Promise<void>;
}

/** Examples of a shop in which there is something to learn, and a key to sign with. */
export async function openWorkflowRoom({ stack }: Pick<Room, 'stack'>): Promise<WorkflowRoom> {
  const { config, store } = stack;
  await store.insert('examples', tableRows(examples(SHOP), 'faults'));
  await store.insert('item_vectors', vectorRows('faults'));
  await ensureKey(keysIn(config), Date.now());
  const client = await openClient({ address: config.temporal!, namespace: config.temporalNamespace });
  return {
    client,
    startWorker: () => stack.run('worker'),
    async retrain(seed, more = {}) {
      const about = { surface: 'home', reason: 'a fault', requestedBy: 'faults' } as const;
      return (await startRetrain(client, { ...about, seed, ...more })).runId;
    },
    ...watched(client, retrainIdOf('home')),
    close: () => client.close(),
  };
}

/** temporal.api.enums.v1.PendingActivityState */
const STARTED = 2;

export function watched({ temporal }: TemporalClient, workflowId: string): Watched {
  const describe = async () => {
    const { status, historyLength, raw } = await temporal.workflow.getHandle(workflowId).describe();
    return { status, historyLength, pending: raw.pendingActivities ?? [] };
  };
  return {
    async underway() {
      const begun = (await describe()).pending.filter(({ state }) => Number(state) === STARTED);
      return begun.map(({ activityType }) => activityType?.name ?? '');
    },
    async attempt(activity) {
      const pending = (await describe()).pending.find(({ activityType }) => activityType?.name === activity);
      if (!pending) return Number.POSITIVE_INFINITY;
      return Number(pending.state) === STARTED ? pending.attempt! : 1;
    },
    async isPast(activity) {
      const history = await temporal.workflow.getHandle(workflowId).fetchHistory();
      const events = history.events ?? [];
      const isOf = ({ activityTaskScheduledEventAttributes: about }: (typeof events)[number]) =>
        about?.activityType?.name === activity;
      const ids = new Set(events.filter(isOf).map(({ eventId }) => String(eventId)));
      const ends = events.map(each => each.activityTaskCompletedEventAttributes?.scheduledEventId);
      return ends.some(id => ids.has(String(id)));
    },
    async progress() {
      const { status, historyLength, pending } = await describe();
      const steps = pending.map(
        ({ attempt, state, lastHeartbeatTime }) => `${attempt} ${state} ${lastHeartbeatTime?.seconds}`,
      );
      return status.name === 'RUNNING' ? [historyLength, ...steps].join() : undefined;
    },
  };
}

export interface Standing {
  /** Rows of promotions and rollbacks, as they are and as they count. */
  raw: number;
  rows: number;
  /** Who served, first to last. */
  models: string[];
  broken: string[];
}

/**
 * That there is one champion: places in the succession are 1, 2, 3 and so on, each given once; each champion took the place
 * of the one before; and registry, table and topic name the same as the last.
 */
export async function standing(stack: Stack): Promise<Standing> {
  const [told] = await stack.store.query<{ raw: string; rows: string; gaps: string; torn: string; models: string[] }>(
    `SELECT (SELECT count() FROM promotions WHERE surface = 'home' AND number > 0) AS raw, count() AS rows,
       countIf(number != place) AS gaps, countIf(place > 1 AND ifNull(previous, '') != before) AS torn,
       arrayMap(each -> each.2, arraySort(groupArray((number, model)))) AS models
     FROM (SELECT number, model, previous, row_number() OVER w AS place, lagInFrame(model, 1, '') OVER w AS before
       FROM promotions FINAL WHERE surface = 'home' AND number > 0
       WINDOW w AS (ORDER BY number, at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING))`,
  );
  const { gaps, torn, models } = told!;
  const last = (await lastOf(modelsIn(stack.config), 'home'))?.promotion.model;
  let topic: string | undefined;
  const following = await stack.bus.follow({
    topics: ['models'],
    once: true,
    apply: (_topic, _partition, record) => {
      const said = saidIn(record);
      if (said?.surface === 'home' && said.champion) topic = said.champion.model;
    },
  });
  await following.stop();
  const broken = [];
  if (Number(gaps) > 0) broken.push(`${gaps} promotions are not in their place`);
  if (Number(torn) > 0) broken.push(`${torn} promotions name another one before them`);
  if (new Set([last, topic, models.at(-1)]).size > 1) {
    broken.push(`champion is ${last} by the registry, ${topic} by the topic, ${models.at(-1)} by the table`);
  }
  return { raw: Number(told!.raw), rows: Number(told!.rows), models, broken };
}

const LOOK_MS = 5;
/** A history is more to read. */
const LOOK_BACK_MS = 1_000;

/**
 * Waits until an activity is under way.
 *
 * @param within_ms in which nothing gets on; however slowly, it must
 * @returns false where it ended unseen, all is over, or nothing got on
 */
export async function met(
  { underway, isPast, progress }: Pick<Watched, 'underway' | 'isPast' | 'progress'>,
  activity: string,
  { within_ms, signal }: { within_ms: number; signal: AbortSignal },
): Promise<boolean> {
  const getsOn = patience(progress, within_ms);
  for (let looked_back_ms = 0; ; ) {
    if ((await underway().catch(() => [] as string[])).includes(activity)) return true;
    if (Date.now() - looked_back_ms >= LOOK_BACK_MS) {
      if (await isPast(activity).catch(() => false)) return false;
      if (!(await getsOn())) return false;
      looked_back_ms = Date.now();
    }
    await sleep(LOOK_MS, undefined, { signal });
  }
}

/** @returns what asks whether to wait on: until all is over, or nothing has got on for so long */
export function patience(
  progress: Watched['progress'],
  within_ms: number,
  now_ms: () => number = Date.now,
): () => Promise<boolean> {
  let before: string | undefined = '';
  let deadline_ms = now_ms() + within_ms;
  return async () => {
    const told = await progress().catch(() => before); // of a Temporal that is away nobody knows
    if (told !== before) deadline_ms = now_ms() + within_ms;
    before = told;
    return told !== undefined && now_ms() < deadline_ms;
  };
}
