import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { Activities } from '../../../activities/index.ts';
import { createLog } from '../../../schemas/log.ts';
import { openClient, type TemporalClient } from '../../../workflows/clients/client.ts';
import { TASK_QUEUE, WORKFLOWS_PATH } from '../../../workflows/places.ts';
import { routeLogs } from '../../../workflows/worker/runtime-log.ts';
import { ensureSearchAttributes } from '../../../workflows/worker/search-attributes.ts';
import type { ShopSpec } from '../../activities/examples.ts';
import { openRealRoom, type RealRoom, type ServiceAddresses } from '../../workflows/real-run.ts';
import { standIns } from '../../workflows/stand-ins.ts';
import { RECORDED, writeHistory } from '../history-file.ts';

/** Runs some workflows with real services, and writes down what happened. */
export type Recording = (to: Recorder) => Promise<void>;

export interface Recorder {
  services: ServiceAddresses;
  /** Real activities, on these examples: those who want the same ones have one room, with a worker, after each other. */
  room(shop: ShopSpec): Promise<RealRoom>;
  /** Writes the history of a run, or of the last one of this id: `canary` and `stopped` become `canary-v3-stopped.json`. */
  write(client: TemporalClient, of: { workflow: string; what?: string; id: string; runId?: string }): Promise<void>;
  /** There is one worker at a time, else another one would take its work. */
  clear(): Promise<void>;
}

export function recorderOf(services: ServiceAddresses, version: string): Recorder {
  let open: { shop: ShopSpec; room: RealRoom } | undefined;
  const clear = async () => {
    await open?.room.clear();
    open = undefined;
  };
  return {
    services,
    async room(shop) {
      if (open?.shop === shop) return open.room;
      await clear();
      open = { shop, room: await openRealRoom(services, shop) };
      await open.room.startWorker();
      return open.room;
    },
    async write({ temporal }, { workflow, what, id, runId }) {
      const history = await temporal.workflow.getHandle(id, runId).fetchHistory();
      const file = path.join(RECORDED, `${[workflow, version, what].filter(Boolean).join('-')}.json`);
      await writeHistory(file, history);
      console.error(`${file}: ${history.events?.length} events`);
    },
    clear,
  };
}

/** Small, for what does not look at the examples. */
export const FEW: ShopSpec = { seed: 5, lists: 12, clicks: 'taste' };
/** From which a candidate is trained that passes the gates. */
export const ENOUGH: ShopSpec = { seed: 5, lists: 1_500, clicks: 'taste' };

/** A worker with activities that do nothing at once, where real ones would need the jobs, or days. */
export async function withStandIns(
  { services: { temporal: address }, clear }: Recorder,
  replaced: Partial<Activities>,
  work: (client: TemporalClient) => Promise<void>,
): Promise<void> {
  await clear();
  const log = createLog('test', 'silent');
  routeLogs(log);
  const client = await openClient({ address, namespace: 'default' });
  const connection = await NativeConnection.connect({ address });
  try {
    await ensureSearchAttributes(connection, 'default', log);
    const worker = await Worker.create({
      ...{ connection, taskQueue: TASK_QUEUE, workflowsPath: WORKFLOWS_PATH },
      activities: standIns(replaced).activities,
      maxHeartbeatThrottleInterval: '1 second',
    });
    await worker.runUntil(work(client));
  } finally {
    await connection.close();
    await client.close();
  }
}

const PATIENCE_MS = 600_000;

/** Asks until there is an answer. */
export async function until<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
  for (const end_ms = Date.now() + PATIENCE_MS; Date.now() < end_ms; await sleep(200)) {
    const answer = await ask();
    if (answer) return answer;
  }
  throw new Error(`no ${what} within ${PATIENCE_MS / 60_000} minutes`);
}

/** The newest run of a workflow, once there are so many. Lists are behind. */
export async function newestRun({ temporal }: TemporalClient, workflow: string, least = 1): Promise<string> {
  const newest = await until(`run of ${workflow}`, async () => {
    const runs: { id: string; began_ms: number }[] = [];
    for await (const { workflowId: id, startTime } of temporal.workflow.list({ query: `WorkflowType = '${workflow}'` })) {
      runs.push({ id, began_ms: startTime.getTime() });
    }
    return runs.length >= least && runs.sort((a, b) => b.began_ms - a.began_ms)[0]!;
  });
  return newest.id;
}
