import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { trainingIn } from '../../../../activities/places.ts';
import { openModel } from '../../../../models/registry/registry.ts';
import { modelsIn } from '../../../../models/registry/store/place.ts';
import { retrainResult } from '../../../../workflows/clients/client.ts';
import { only, round, until } from '../../moves.ts';
import type { Fault, Room } from '../../suite.ts';
import { met, OF_WORKFLOWS, openWorkflowRoom, patience, standing, type WorkflowRoom } from './room.ts';

/** All of a retraining, in their order. */
const ACTIVITIES = [
  ...['ensureChampion', 'snapshotExamples', 'validateSnapshot', 'trainRanker', 'evaluateRanker', 'registerRanker'],
  ...['promoteRanker', 'clearTraining'],
];
/** Longer than any of them waits for a worker that has died: two minutes, and a minute between attempts. */
const WITHIN_MS = 300_000;
/** Each way: so that what asks ClickHouse for a row or two can be met in it. */
const SLOW = { kind: 'slow', delay_ms: 400, bytes_per_s: 10_000_000 } as const;
const ASKS_CLICKHOUSE = ['ensureChampion', 'snapshotExamples', 'promoteRanker'];
/** A workbench that takes a while to clear. */
const BALLAST = 20_000;
/** Of the eight. One may end between the moment when it is met and the kill: then the worker dies between two of them. */
const KILLS_AT_LEAST = 5;

export const WORKER_CRASH: Fault = {
  ...OF_WORKFLOWS,
  number: 16,
  name: 'worker crash',
  inject: 'kill -9 of the worker in each activity of one retraining; another one is started each time',
  expect: 'one effect: each promotion once in the history, one model, one snapshot',
  async run(room) {
    const { stack, seed } = room;
    const workflows = await openWorkflowRoom(room);
    try {
      await workflows.startWorker();
      stack.clickhouse.proxy.set(SLOW); // before the first of them begins
      const run = await workflows.retrain(seed);
      const workbench = trainingIn(stack.config, run);
      const checkpoint = path.join(workbench, 'checkpoint');
      const filled = fill(workbench); // beside the first of them: none may pass unseen meanwhile
      filled.catch(() => {});
      const broken: string[] = [];
      const measured: Record<string, number | string> = {};
      let kills = 0;
      for (const activity of ACTIVITIES) {
        if (ASKS_CLICKHOUSE.includes(activity)) stack.clickhouse.proxy.set(SLOW);
        const { recovery_s, missed, stuck } = await killIn(activity, { room, workflows, checkpoint });
        stack.clickhouse.proxy.set({ kind: 'clear' });
        if (stuck) broken.push(stuck);
        if (recovery_s !== undefined) kills++;
        measured[`${activity}_s`] = recovery_s ?? missed ?? 'none';
      }
      await filled;
      measured.kills = kills;
      if (kills < KILLS_AT_LEAST) broken.push(`the worker was killed within ${kills} activities`);
      const { promoted, model } = await retrainResult(workflows.client, 'home', run);
      if (!promoted) broken.push('the model was not promoted');
      const { manifest } = await openModel(modelsIn(stack.config), model!);
      const resumed = manifest.training?.resumed_epochs ?? 0;
      measured.resumed_epochs = resumed;
      if (resumed === 0) broken.push('training began anew');
      const { raw, rows, models, broken: wrong } = await standing(stack);
      const left = await leftBehind(room, run);
      measured.rows = rows;
      measured.raw_rows = raw;
      broken.push(...wrong, ...left);
      if (rows !== 2 || models.at(-1) !== model) broken.push(`the history is ${models.join(', ')}`);
      return { broken, measured };
    } finally {
      await workflows.close();
    }
  },
};

interface Killed {
  /** From the kill until somebody is at the activity again, or past it. */
  recovery_s?: number;
  /** It was over before the kill. */
  missed?: string;
  /** Nobody came to it. */
  stuck?: string;
}

async function killIn(
  activity: string,
  { room, workflows, checkpoint }: { room: Room; workflows: WorkflowRoom; checkpoint: string },
): Promise<Killed> {
  const { signal, progress } = room;
  const worker = only(room, 'worker');
  if (!(await met(workflows, activity, { within_ms: WITHIN_MS, signal }))) {
    if (await workflows.isPast(activity)) return { missed: 'ended unseen' };
    return { stuck: `${activity} did not begin: the retraining is over, or nothing got on for ${WITHIN_MS / 1_000} s` };
  }
  // In mid-training: somebody has to go on from a checkpoint.
  if (activity === 'trainRanker') {
    await until(() => existsSync(checkpoint), { within_ms: WITHIN_MS, signal });
  }
  process.kill(worker.pid, 'SIGSTOP');
  await sleep(100); // what it had said by then is known
  const isInIt = (await workflows.underway()).includes(activity);
  await worker.kill();
  const killed_ms = Date.now();
  await workflows.startWorker();
  if (!isInIt) return { missed: 'ended before the kill' };
  progress(`killed in ${activity}`);
  const attempt = async () => {
    const { raw } = await workflows.client.temporal.workflow.getHandle('retrain-home').describe();
    const pending = raw.pendingActivities?.find(({ activityType }) => activityType?.name === activity);
    return pending ? (Number(pending.state) === 2 ? pending.attempt! : 1) : Number.POSITIVE_INFINITY;
  };
  const getsOn = patience(workflows.progress, WITHIN_MS);
  while ((await attempt()) < 2) {
    if (!(await getsOn())) return { stuck: `nobody was at ${activity} again` };
    await sleep(50, undefined, { signal });
  }
  return { recovery_s: round((Date.now() - killed_ms) / 1_000, 1) };
}

async function fill(workbench: string): Promise<void> {
  const directory = path.join(workbench, 'ballast');
  await mkdir(directory, { recursive: true });
  for (let n = 0; n < BALLAST; n++) await writeFile(path.join(directory, `${n}`), '');
}

async function leftBehind({ stack }: Room, run: string): Promise<string[]> {
  const { config } = stack;
  const namesIn = (directory: string) => readdir(directory).catch(() => [] as string[]);
  const models = (await namesIn(modelsIn(config).where)).filter(name => !name.startsWith('.'));
  const snapshots = (await namesIn(path.join(config.dataDir, 'snapshots'))).filter(name => name.endsWith('.dataset'));
  const workbench = await namesIn(trainingIn(config, run));
  return [
    ...(models.length === 2 ? [] : [`models: ${models.join(', ')}`]),
    ...(snapshots.length === 1 ? [] : [`snapshots: ${snapshots.join(', ')}`]),
    ...(workbench.length === 0 ? [] : [`${workbench.length} files on the workbench`]),
  ];
}
