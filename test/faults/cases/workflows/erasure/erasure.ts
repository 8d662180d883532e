import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { erasureOf, namesOf } from '../../../../../cli/privacy/erase.ts';
import { childEnvironment } from '../../../../../schemas/settings/config.ts';
import { retrainResult } from '../../../../../workflows/clients/client.ts';
import type { EraseStatus } from '../../../../../workflows/clients/erasure.ts';
import { eraseIdOf } from '../../../../../workflows/clients/erasure.ts';
import { examples, tableRows } from '../../../../activities/examples.ts';
import { TEMPER } from '../../../../job-process.ts';
import { round, underway, until } from '../../../moves.ts';
import type { Fault, Room } from '../../../suite.ts';
import { met, openWorkflowRoom, type WorkflowRoom } from '../room.ts';
import { busyUser, type Guise } from './busy-user.ts';
import { tracesLeft } from './traces-left.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../../../../fixtures');
const SETTINGS = {
  TEMPER_LABEL_WINDOW_MS: '2000',
  TEMPER_PURCHASE_WINDOW_MS: '5000',
  TEMPER_POLICIES: path.join(FIXTURES, 'support/policies'),
  TEMPER_TEXT_ENCODER: 'none',
  TEMPER_IMAGE_ENCODER: 'none',
  // Examples that were made and lists that were asked for are clicked by different rules: how good a model of both is counts for nothing.
  TEMPER_GATES: path.join(FIXTURES, 'gates/of-two-worlds.json'),
};
const JOBS = ['features', 'scorer', 'outcomes', 'sinks', 'billing', 'support', 'enrich'] as const;
const WITHIN_MS = 300_000;
/** Where the worker is killed: when it has told the jobs and deletes, and when it looks for what is left. */
const KILLED_IN = ['eraseRows', 'scanStores'];
/** Each way: so that an activity that asks ClickHouse for a few rows can be met. */
const SLOW = { kind: 'slow', delay_ms: 300, bytes_per_s: 10_000_000 } as const;
/** As whom a user was known before he had his last name: so long each time. */
const FORMERLY_MS = 3_000;

type Told = EraseStatus & { nothing_left: boolean; code: number };

/** What was done to a user: his names, and what stands in all that he made. */
interface Victim {
  user: string;
  names: string[];
  mark: string;
}

/** With odd seeds there are pseudonyms, and the user had been known by his own id and under a former key before. */
export const ERASURE: Fault = {
  number: 26,
  name: 'erasure',
  inject:
    'a user of everything (lists, ads, questions, follows, shares; with odd seeds under pseudonyms) is erased while others are at work and a ranker is trained on his lists; kill -9 of the worker while it deletes and while it scans',
  expect: 'nothing of the user left, by a scan of all stores; nothing of the others gone',
  jobs: JOBS,
  temporal: true,
  environment: SETTINGS,
  variant: seed =>
    seed % 2 === 0
      ? {}
      : {
          jobs: [...JOBS, 'pseudonyms'],
          environment: { ...SETTINGS, TEMPER_PSEUDONYM_KEYS: path.join(FIXTURES, 'pseudonyms/keys') },
        },
  traffic: { events_per_s: 60, requests_per_s: 2 },
  async run(room) {
    const { stack, seed, traffic } = room;
    const serial = `${seed}-${Date.now().toString(36)}`;
    const user = `erased-${serial}`;
    const victim: Victim = { user, names: namesOf(stack.config, user), mark: `mark-${serial}` };
    const workflows = await openWorkflowRoom(room);
    const [guise, ...later] = guisesOf(victim);
    const others = Array.from({ length: 5 }, (_, n) => `${traffic.prefix}-u${n}`);
    const shopping = await busyUser(room, guise!, victim.mark, others);
    try {
      for (const next of later) {
        await sleep(FORMERLY_MS, undefined, { signal: room.signal });
        shopping.become(next);
      }
      await stack.store.insert('examples', tableRows(examplesOf(victim), 'faults of one'));
      await workflows.startWorker();
      await underway(room);
      const lacking = await known(room, victim);
      const run = await workflows.retrain(seed);
      const isTraining = await met(workflows, 'trainRanker', { ...room, within_ms: WITHIN_MS });
      const before = await tracesLeft(stack, victim.names);
      room.progress(`before: ${before.join(', ')}`);
      await shopping.stop(); // a shop closes the account first: what comes meanwhile is another matter
      const began_ms = Date.now();
      const erasing = erase(room, user);
      const kills = await killWorker(room, workflows, user);
      const told = await erasing;
      const took_s = round((Date.now() - began_ms) / 1_000, 1);
      const { model, verdict } = await retrainResult(workflows.client, 'home', run);
      const refused = verdict.checks.filter(({ passed }) => !passed).map(({ reason }) => reason);
      const broken = [
        ...(isTraining ? [] : ['the erasure did not come while a ranker was trained']),
        ...lacking.map(place => `of the user there was nothing in ${place}`),
        ...(kills === KILLED_IN.length ? [] : [`the worker was killed in ${kills} of ${KILLED_IN.join(', ')}`]),
        ...(told.code === 0 && told.state === 'expiring' ? [] : [`the first erasure ended as ${told.state}`]),
        ...(told.deeds?.models.includes(model!)
          ? []
          : [`${model} is not told to have been trained on the user ${refused.join('; ')}`]),
        ...(await left(room, victim)).filter(where => !isToGo(where)),
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

/** Under what names the user acts, one after the other; where there are pseudonyms, the newest is made by their job. */
function guisesOf({ user, names: [, , former] }: Victim): Guise[] {
  if (former === undefined) return [{ user, isRaw: false }];
  return [user, former].map((name): Guise => ({ user: name, isRaw: false })).concat({ user, isRaw: true });
}

/** Where the user has to be before he is erased: or it would be no wonder that he is not there afterwards. */
const KNOWN_IN = [
  ...['shop.events', 'rank.requests', 'rank.lists', 'rank.examples', 'support.answers', 'ads.shown'],
  ...['features.user.log', 'features.user.snapshots', 'dead.letters'],
].map(topic => `Kafka ${topic}:`);
const ROWS_IN = ['events', 'ranked_lists', 'examples', 'answers', 'user_features', 'dead_letters'];

/** Waits until he is known everywhere, and campaigns were charged for his clicks. @returns where he is not */
async function known({ stack, signal }: Room, { names, mark }: Victim): Promise<string[]> {
  let lacking: string[] = [];
  const isKnown = async () => {
    const places = [...(await tracesLeft(stack, names)), ...(await tracesLeft(stack, [mark])).filter(isCharge)];
    const wanted = [...KNOWN_IN, ...ROWS_IN.map(table => `ClickHouse ${table}.`), ...CHARGES];
    lacking = wanted.filter(place => !places.some(known => known.startsWith(place)));
    return lacking.length === 0;
  };
  await until(isKnown, { within_ms: WITHIN_MS, signal });
  return lacking;
}

/** What is left of his names; and of what would lead to him, beside the bills of advertisers. */
async function left({ stack }: Room, { names, mark }: Victim): Promise<string[]> {
  const marked = (await tracesLeft(stack, [mark])).filter(where => !isCharge(where));
  return [...(await tracesLeft(stack, names)), ...marked.map(where => `${where}, by what the user did`)];
}

/** Which list was charged stays, as long as bills do: it names no user, and whose list it was stands nowhere else. */
const CHARGES = ['Kafka ads.claims:', 'Kafka ads.charges:', 'ClickHouse charges.'];
const isCharge = (where: string) => CHARGES.some(place => where.startsWith(place));

/** The logs go by themselves, and the request itself stays as long as they. */
const isToGo = (where: string) => where.startsWith('Kafka ') || where.startsWith('ClickHouse erasures_open.');

/** The others have been judged by their logs. Now these are cut too, and nothing may be left anywhere. */
async function afterwards(room: Room, workflows: WorkflowRoom, victim: Victim) {
  try {
    const began_ms = Date.now();
    const told = await erase(room, victim.user, '--cut-logs');
    const all_s = round((Date.now() - began_ms) / 1_000, 1);
    const erasure = erasureOf(room.stack.config, victim.user);
    const { events } = await workflows.client.temporal.workflow.getHandle(eraseIdOf(erasure)).fetchHistory();
    const history = JSON.stringify(events);
    const broken = [
      ...(told.code === 0 && told.nothing_left && told.state === 'erased'
        ? []
        : [`the erasure ended as ${told.state}`]),
      ...(await left(room, victim)),
      ...([...victim.names, victim.mark].some(id => history.includes(id)) ? ['the history of the workflow'] : []),
    ].map(where => `left: ${where}`);
    const cut = Object.values(told.deeds?.records ?? {}).reduce((a, b) => a + b, 0);
    return { broken, measured: { logs_s: all_s, records_cut: cut, snapshots: told.deeds?.snapshots.length ?? 0 } };
  } finally {
    await workflows.close();
  }
}

/** `temper erase` as somebody would type it. */
async function erase({ stack, progress }: Room, user: string, ...more: string[]): Promise<Told> {
  const args = [TEMPER, 'erase', user, '--json', '--reason', 'a fault', '--by', 'faults', ...more];
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
async function killWorker(room: Room, { client, startWorker }: WorkflowRoom, user: string) {
  const { stack, signal, progress } = room;
  const handle = client.temporal.workflow.getHandle(eraseIdOf(erasureOf(stack.config, user)));
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

/** The lists of one user of the examples that are there, as another's: under the last of his names. */
function examplesOf({ user, names: [, newest = user], mark }: Victim) {
  return examples({ seed: 5, lists: 3_000, clicks: 'taste' })
    .filter(({ user }) => user === 'user-7')
    .map(row => ({ ...row, user: newest, list: `${mark}-${row.list}` }));
}
