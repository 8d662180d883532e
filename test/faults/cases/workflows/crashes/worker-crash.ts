import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { trainingIn } from '../../../../../activities/places.ts';
import { rollBack } from '../../../../../workflows/clients/decisions.ts';
import type { Fault, Room } from '../../../suite.ts';
import { OF_WORKFLOWS, openWorkflowRoom, standing, type WorkflowRoom, watched } from '../room.ts';
import { leftBehind, trialsTold } from './after.ts';
import { Kills, PATIENCE_MS } from './kill.ts';
import { checkpointed, finished } from './training.ts';
import { tried } from './tried.ts';

/** All of a retraining, in their order. */
const ACTIVITIES = [
  ...['ensureChampion', 'snapshotExamples', 'validateSnapshot', 'trainRanker', 'evaluateRanker', 'registerRanker'],
  ...['promoteRanker', 'clearTraining'],
];
/** A workbench that takes a while to clear. */
const BALLAST = 20_000;
/** Of the thirteen. */
const KILLS_AT_LEAST = 9;

export const WORKER_CRASH: Fault = {
  ...OF_WORKFLOWS,
  number: 16,
  name: 'worker crash',
  inject:
    'kill -9 of the worker in each activity of a retraining, in a rollback, as a model waits for approval and in each activity of its trial, and of a training process alone; another worker is started each time',
  expect: 'one effect: each promotion once in the history, one model of each training, as undisturbed, one snapshot',
  async run(room) {
    const workflows = await openWorkflowRoom(room);
    const kills = new Kills(room, workflows);
    const { broken, measured } = kills;
    try {
      await workflows.startWorker();
      const first = await retrained(room, workflows, kills);
      await takenBack(room, workflows, kills);
      const second = await tried(room, workflows, kills);
      measured.kills = kills.count;
      if (kills.count < KILLS_AT_LEAST) broken.push(`the worker was killed within ${kills.count} activities`);
      const { raw, rows, models, broken: wrong } = await standing(room.stack);
      measured.rows = rows;
      measured.raw_rows = raw;
      broken.push(...wrong, ...(await leftBehind(room, { models: 3, snapshots: 1 })), ...(await trialsTold(room)));
      const popularity = models[0]!;
      const history = [popularity, first, popularity, second];
      if (models.join() !== history.join()) broken.push(`the history is ${models.join(', ')}`);
      return { broken, measured };
    } finally {
      await workflows.close();
    }
  },
};

/** A retraining that is promoted at once. @returns its model */
async function retrained(room: Room, workflows: WorkflowRoom, kills: Kills): Promise<string | null> {
  kills.slowDown();
  const run = await workflows.retrain(room.seed);
  const workbench = trainingIn(room.stack.config, run);
  const filled = fill(workbench); // beside the first of them: none may pass unseen meanwhile
  filled.catch(() => {});
  for (const activity of ACTIVITIES) {
    const ripe = async () => activity !== 'trainRanker' || (await checkpointed(workbench, room));
    await kills.killIn(activity, workflows, { ripe });
  }
  await filled;
  return await finished(room, workflows, { run, of: 'worker' }, kills);
}

async function takenBack({ stack }: Room, { client }: WorkflowRoom, kills: Kills): Promise<void> {
  kills.slowDown();
  const taking = rollBack(client, 'home', { by: 'faults', reason: 'a fault' }, { patience_ms: PATIENCE_MS });
  taking.catch(() => {});
  await kills.killIn('promoteRanker', watched(client, 'rollback-home'), { as: 'rollback' });
  await taking.catch((error: Error) => kills.broken.push(`the rollback: ${error.message}`));
  stack.clickhouse.proxy.set({ kind: 'clear' });
}

async function fill(workbench: string): Promise<void> {
  const directory = path.join(workbench, 'ballast');
  await mkdir(directory, { recursive: true });
  for (let n = 0; n < BALLAST; n++) await writeFile(path.join(directory, `${n}`), '');
}
