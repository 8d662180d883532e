import { NativeConnection, Worker } from '@temporalio/worker';
import { createActivities } from '../../activities/index.ts';
import type { Ports } from '../../activities/ports.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { TASK_QUEUE, WORKFLOWS_PATH } from '../places.ts';
import { connectionOf, explainRefusal, requireEntry } from '../secure.ts';
import { routeLogs } from './runtime-log.ts';
import { ensureSearchAttributes } from './search-attributes.ts';

export interface WorkerOptions {
  config: Config;
  ports: Ports;
  /** Temporal's frontend as host:port. */
  address: string;
  /** host:port at which the SDK tells its own metrics; undefined: nowhere. */
  metrics?: string | undefined;
}

export interface RunningWorker {
  stop(): Promise<void>;
  /** Resolves with the reason where the worker can't go on. */
  failed: Promise<Error>;
}

/** Runs Temper's workflows and activities in this process, as one of any number of workers. */
export async function startWorker({ config, ports, address, metrics }: WorkerOptions): Promise<RunningWorker> {
  routeLogs(ports.log, metrics);
  const connection = await connect(address, config);
  try {
    await ensureSearchAttributes(connection, config.temporalNamespace, ports.log);
    const worker = await Worker.create({
      connection,
      namespace: config.temporalNamespace,
      taskQueue: TASK_QUEUE,
      workflowsPath: WORKFLOWS_PATH,
      activities: createActivities(ports),
      maxConcurrentActivityTaskExecutions: 8,
      workflowThreadPoolSize: 1,
      maxHeartbeatThrottleInterval: '1 second', // progress is looked at, and a cancellation comes back with a heartbeat
      ...SHUTDOWN,
    });
    return run(worker, connection);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Activities get the grace time to finish, then they are cancelled; after the force time nobody waits for them. */
const SHUTDOWN = { shutdownGraceTime: '2 seconds', shutdownForceTime: '15 seconds' };

function run(worker: Worker, connection: NativeConnection): RunningWorker {
  const running = worker.run();
  return {
    failed: new Promise(resolve => running.catch(resolve)),
    async stop() {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running.catch(() => {}); // `failed` has told it
      await connection.close();
    },
  };
}

async function connect(address: string, { temporalNamespace, temporalAccess: access }: Config) {
  const connection = await NativeConnection.connect({ address, ...connectionOf(access) }).catch(async cause => {
    throw await explainRefusal(cause, address, access);
  });
  await requireEntry(connection, { address, namespace: temporalNamespace, access });
  return connection;
}
