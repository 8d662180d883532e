import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { erasureOf } from '../../../../cli/privacy/erase.ts';
import { childEnvironment } from '../../../../schemas/settings/config.ts';
import type { ShopEvent } from '../../../../schemas/topics/events.ts';
import type { RankRequest } from '../../../../schemas/topics/ranking.ts';
import { retrainResult } from '../../../../workflows/clients/client.ts';
import type { EraseStatus } from '../../../../workflows/clients/erasure.ts';
import { eraseIdOf } from '../../../../workflows/clients/erasure.ts';
import { examples, tableRows } from '../../../activities/examples.ts';
import { TEMPER } from '../../../job-process.ts';
import { round, underway, until } from '../../moves.ts';
import type { Fault, Room } from '../../suite.ts';
import { tracesLeft } from '../traces-left.ts';
import { met, openWorkflowRoom, type WorkflowRoom } from './room.ts';

const WINDOWS = { TEMPER_LABEL_WINDOW_MS: '2000', TEMPER_PURCHASE_WINDOW_MS: '5000' };
const WITHIN_MS = 300_000;
/** Where the worker is killed: when it has told the jobs and deletes, and when it looks for what is left. */
const KILLED_IN = ['eraseRows', 'scanStores'];
/** Each way: so that an activity that asks ClickHouse for a few rows can be met. */
const SLOW = { kind: 'slow', delay_ms: 300, bytes_per_s: 10_000_000 } as const;
const TICK_MS = 200;

type Told = EraseStatus & { nothing_left: boolean; code: number };

export const ERASURE: Fault = {
  number: 26,
  name: 'erasure',
  inject:
    'a user is erased while others are at work and a ranker is trained on his lists; kill -9 of the worker while it deletes and while it scans',
  expect: 'nothing of the user left, by a scan of all stores; nothing of the others gone',
  jobs: ['features', 'scorer', 'outcomes', 'sinks'],
  temporal: true,
  environment: WINDOWS,
  traffic: { events_per_s: 60, requests_per_s: 2 },
  async run(room) {
    const { stack, seed } = room;
    const victim = `erased-${seed}-${Date.now().toString(36)}`;
    const workflows = await openWorkflowRoom(room);
    const shopping = await shop(room, victim);
    try {
      await stack.store.insert('examples', tableRows(examplesOf(victim), 'faults of one'));
      await workflows.startWorker();
      await underway(room);
      const run = await workflows.retrain(seed);
      const isTraining = await met(workflows, 'trainRanker', { ...room, within_ms: WITHIN_MS });
      const before = await tracesLeft(stack, victim);
      room.progress(`before: ${before.join(', ')}`);
      await shopping.stop(); // a shop closes the account first: what comes meanwhile is another matter
      const began_ms = Date.now();
      const erasing = erase(room, victim);
      const kills = await killWorker(room, workflows, victim);
      const told = await erasing;
      const took_s = round((Date.now() - began_ms) / 1_000, 1);
      const { model } = await retrainResult(workflows.client, 'home', run);
      const broken = [
        ...(isTraining ? [] : ['the erasure did not come while a ranker was trained']),
        ...(before.length >= PLACES_BEFORE ? [] : [`of the user there was only ${before.join(', ')}`]),
        ...(kills === KILLED_IN.length ? [] : [`the worker was killed in ${kills} of ${KILLED_IN.join(', ')}`]),
        ...(told.code === 0 && told.state === 'expiring' ? [] : [`the first erasure ended as ${told.state}`]),
        ...(told.deeds?.models.includes(model!) ? [] : [`${model} is not told to have been trained on the user`]),
        ...(await tracesLeft(stack, victim)).filter(where => !isToGo(where)),
      ];
      const measured = { kills, places_before: before.length, sent: shopping.sent(), but_logs_s: took_s };
      return { broken, measured, afterwards: () => afterwards(room, workflows, victim) };
    } catch (error) {
      await workflows.close();
      throw error;
    } finally {
      await shopping.stop();
    }
  },
};

/** Rows of four tables, records of six topics, and a snapshot of examples: at least so many places know the user. */
const PLACES_BEFORE = 8;

/** The logs go by themselves, and the request itself stays as long as they. */
const isToGo = (where: string) => where.startsWith('Kafka ') || where.startsWith('ClickHouse erasures_open.');

/** The others have been judged by their logs. Now these are cut too, and nothing may be left anywhere. */
async function afterwards(room: Room, workflows: WorkflowRoom, victim: string) {
  try {
    const began_ms = Date.now();
    const told = await erase(room, victim, '--cut-logs');
    const all_s = round((Date.now() - began_ms) / 1_000, 1);
    const erasure = erasureOf(room.stack.config, victim);
    const { events } = await workflows.client.temporal.workflow.getHandle(eraseIdOf(erasure)).fetchHistory();
    const broken = [
      ...(told.code === 0 && told.nothing_left && told.state === 'erased'
        ? []
        : [`the erasure ended as ${told.state}`]),
      ...(await tracesLeft(room.stack, victim)),
      ...(JSON.stringify(events).includes(victim) ? ['the history of the workflow'] : []),
    ].map(where => `left: ${where}`);
    const cut = Object.values(told.deeds?.records ?? {}).reduce((a, b) => a + b, 0);
    return { broken, measured: { logs_s: all_s, records_cut: cut, snapshots: told.deeds?.snapshots.length ?? 0 } };
  } finally {
    await workflows.close();
  }
}

/** `temper erase` as somebody would type it. */
async function erase({ stack, progress }: Room, victim: string, ...more: string[]): Promise<Told> {
  const args = [TEMPER, 'erase', victim, '--json', '--reason', 'a fault', '--by', 'faults', ...more];
  const {
    stdout,
    stderr,
    exitCode = 1,
  } = await execa(process.execPath, args, {
    env: childEnvironment(stack.config),
    reject: false,
  });
  progress(`temper erase: ${stderr.split('\n').join('; ')}`);
  return { ...(JSON.parse(stdout || '{}') as Told), code: exitCode };
}

/** Kills the worker where it is to be killed, and starts another. */
async function killWorker(room: Room, { client, startWorker }: WorkflowRoom, victim: string) {
  const { stack, signal, progress } = room;
  const handle = client.temporal.workflow.getHandle(eraseIdOf(erasureOf(stack.config, victim)));
  const isIn = async (activity: string) => {
    const { raw } = await handle.describe();
    return (raw.pendingActivities ?? []).some(({ activityType, state }) => {
      return activityType?.name === activity && Number(state) === STARTED;
    });
  };
  let kills = 0;
  for (const activity of KILLED_IN) {
    stack.clickhouse.proxy.set(SLOW);
    const isMet = await until(() => isIn(activity).catch(() => false), { within_ms: WITHIN_MS, signal });
    const [worker] = stack.running('worker');
    if (isMet && worker) {
      await worker.kill();
      kills++;
      progress(`worker killed in ${activity}`);
    }
    stack.clickhouse.proxy.set({ kind: 'clear' });
    await startWorker();
  }
  return kills;
}

/** temporal.api.enums.v1.PendingActivityState */
const STARTED = 2;

/** The lists of one user of the examples that are there, as another's. */
function examplesOf(victim: string) {
  return examples({ seed: 5, lists: 3_000, clicks: 'taste' })
    .filter(({ user }) => user === 'user-7')
    .map(row => ({ ...row, user: victim, list: `${victim}-${row.list}` }));
}

interface Shopping {
  sent(): number;
  stop(): Promise<void>;
}

/** A user at work: events, requests, and records that are refused. */
async function shop({ stack, signal }: Room, user: string): Promise<Shopping> {
  const outbox = await stack.bus.outbox();
  const items = Array.from({ length: 5 }, (_, n) => `item-of-${user.slice(-8)}-${n}`);
  let [sent, isOver] = [0, false];
  const send = async (topic: string, value: object) => {
    await outbox.publish(topic, { key: user, value: JSON.stringify(value) });
    sent++;
  };
  const working = (async () => {
    for (let n = 0; !isOver; n++) {
      const about = { v: 1, at_ms: Date.now(), user, session: `${user}-s` } as const;
      const list = `${user}-r${n - 1}`;
      const event: ShopEvent = { ...about, id: `${user}-${n}`, type: 'click', item: items[n % items.length]!, list };
      await send('shop.events', event);
      const request: RankRequest = { ...about, id: `${user}-r${n}`, surface: 'home', count: 5, candidates: items };
      await send('rank.requests', request);
      if (n % 5 === 0) await send('shop.events', { ...about, type: 'no such type' });
      await sleep(TICK_MS, undefined, { signal });
    }
  })();
  working.catch(() => {});
  let stopped: Promise<void> | undefined;
  return {
    sent: () => sent,
    stop() {
      isOver = true;
      stopped ??= working.catch(() => {}).then(() => outbox.stop());
      return stopped;
    },
  };
}
